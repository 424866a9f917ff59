/*
 * `benchmarkProducer`: `threads` threads share one producer and send bodies of `bodyBytes` synchronously for
 * `warmupSeconds`, then for `seconds`, which are measured. `done`: messages per second (SEND_OK only), latency
 * quantiles in milliseconds, failures.
 */
package glassmq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

final class BenchmarkProducer implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQProducer producer = Produce.start(new DefaultMQProducer(command.text("group")), command);
        // Bodies above 4 KiB would be compressed; a benchmark measures what it says.
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        String topic = command.text("topic");
        byte[] body = Messages.body("benchmark", 0, command.number("bodyBytes", 1024));
        int seconds = command.number("seconds", 10);
        long measureFrom = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.number("warmupSeconds", 3));
        long measureUntil = measureFrom + TimeUnit.SECONDS.toNanos(seconds);
        Latencies latencies = new Latencies();
        AtomicInteger failed = new AtomicInteger();
        AtomicReference<String> firstFailure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < command.number("threads", 64); t++) {
            Thread thread = new Thread(() -> {
                for (long now = System.nanoTime(); now < measureUntil && !command.isStopped(); ) {
                    long sentAt = now;
                    boolean stored = false;
                    try {
                        stored = producer.send(new Message(topic, body)).getSendStatus() == SendStatus.SEND_OK;
                    } catch (Exception failure) {
                        firstFailure.compareAndSet(null, String.valueOf(failure));
                    }
                    now = System.nanoTime();
                    if (now >= measureFrom && now < measureUntil) {
                        if (stored) {
                            latencies.addNanos(now - sentAt);
                        } else {
                            failed.incrementAndGet();
                        }
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        producer.shutdown();
        return Output.fields("sent", latencies.count(), "failed", failed.get(), "firstFailure", firstFailure.get(),
            "perSecond", Math.round(latencies.count() / (double) seconds), "seconds", seconds,
            "p50Ms", latencies.quantileMs(0.5), "p99Ms", latencies.quantileMs(0.99),
            "maxMs", latencies.quantileMs(1));
    }
}
