/*
 * `sendSteadily`: `threads` threads share one producer. Each sends one small message, synchronously, then pauses for `gapMs`,
 * whatever became of the send, until the operation is stopped. Retries and time-outs of a send are the client's defaults,
 * as an application has them. Each SEND_OK is an event `acknowledged` with the key and the time of the clock. `done`: the
 * sends that failed, and the first failure.
 */
package glassmq.interop;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

final class SendSteadily implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQProducer producer = new DefaultMQProducer(command.text("group"));
        producer.setNamesrvAddr(command.text("namesrv"));
        producer.setClientIP("127.0.0.1");
        producer.setInstanceName("steady-" + command.id() + "-" + System.nanoTime());
        producer.setPollNameServerInterval(command.number("pollNameServerMs", 30_000));
        producer.start();
        String topic = command.text("topic");
        String keyPrefix = command.text("keyPrefix");
        int gapMs = command.number("gapMs", 100);
        AtomicLong next = new AtomicLong();
        AtomicInteger failed = new AtomicInteger();
        AtomicReference<String> firstFailure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < command.number("threads", 4); t++) {
            Thread thread = new Thread(() -> {
                do {
                    String key = keyPrefix + next.getAndIncrement();
                    try {
                        Message message = new Message(topic, null, key, key.getBytes(StandardCharsets.UTF_8));
                        if (producer.send(message).getSendStatus() == SendStatus.SEND_OK) {
                            output.event(command.id(), "acknowledged", "key", key, "atMs", System.currentTimeMillis());
                        } else {
                            failed.incrementAndGet();
                        }
                    } catch (Exception failure) {
                        failed.incrementAndGet();
                        firstFailure.compareAndSet(null, String.valueOf(failure));
                    }
                } while (!pausedOrStopped(command, gapMs));
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        producer.shutdown();
        return Output.fields("failed", failed.get(), "firstFailure", firstFailure.get());
    }

    private static boolean pausedOrStopped(Command command, int gapMs) {
        try {
            return command.pause(gapMs);
        } catch (InterruptedException stopped) {
            return true;
        }
    }
}
