/*
 * `benchmarkProducer`: `threads` threads share one producer and send bodies of `bodyBytes` synchronously for
 * `warmupSeconds`, then for `seconds`, which are measured. `done`: messages per second (SEND_OK only), latency
 * quantiles of the calls in milliseconds, failures. `kind` says what one call sends:
 *
 *   single        one message; also when `kind` is left out
 *   batch         `batch` messages together
 *   delayed       one message of the delay level `delayLevel`
 *   transaction   one half message, which is committed
 */
package glassmq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

final class BenchmarkProducer implements Operation {
    /** One call of a producer. */
    private interface Call {
        SendStatus send() throws Exception;
    }

    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        String kind = command.text("kind", "single");
        DefaultMQProducer producer = Produce.start(producerOf(kind, command.text("group")), command);
        // Bodies above 4 KiB would be compressed; a benchmark measures what it says.
        producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
        Call call = callOf(kind, producer, command);
        int messagesPerCall = kind.equals("batch") ? command.number("batch", 16) : 1;
        int seconds = command.number("seconds", 10);
        long measureFrom = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.number("warmupSeconds", 3));
        long measureUntil = measureFrom + TimeUnit.SECONDS.toNanos(seconds);
        Latencies latencies = new Latencies();
        AtomicLong stored = new AtomicLong();
        AtomicInteger failed = new AtomicInteger();
        AtomicReference<String> firstFailure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < command.number("threads", 64); t++) {
            Thread thread = new Thread(() -> {
                for (long now = System.nanoTime(); now < measureUntil && !command.isStopped(); ) {
                    long sentAt = now;
                    boolean isStored = false;
                    try {
                        isStored = call.send() == SendStatus.SEND_OK;
                    } catch (Exception failure) {
                        firstFailure.compareAndSet(null, String.valueOf(failure));
                    }
                    now = System.nanoTime();
                    if (now >= measureFrom && now < measureUntil) {
                        if (isStored) {
                            latencies.addNanos(now - sentAt);
                            stored.addAndGet(messagesPerCall);
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
        return Output.fields("sent", stored.get(), "failed", failed.get(), "firstFailure", firstFailure.get(),
            "perSecond", Math.round(stored.get() / (double) seconds), "seconds", seconds,
            "p50Ms", latencies.quantileMs(0.5), "p99Ms", latencies.quantileMs(0.99),
            "maxMs", latencies.quantileMs(1));
    }

    private static Call callOf(String kind, DefaultMQProducer producer, Command command) {
        String topic = command.text("topic");
        byte[] body = Messages.body("benchmark", 0, command.number("bodyBytes", 1024));
        int batch = command.number("batch", 16);
        int delayLevel = command.number("delayLevel", 1);
        switch (kind) {
            case "batch":
                return () -> {
                    List<Message> messages = new ArrayList<>(batch);
                    for (int i = 0; i < batch; i++) {
                        messages.add(new Message(topic, body));
                    }
                    return producer.send(messages).getSendStatus();
                };
            case "delayed":
                return () -> {
                    Message message = new Message(topic, body);
                    message.setDelayTimeLevel(delayLevel);
                    return producer.send(message).getSendStatus();
                };
            case "transaction":
                TransactionMQProducer transactions = (TransactionMQProducer) producer;
                return () -> transactions.sendMessageInTransaction(new Message(topic, body), null).getSendStatus();
            default:
                return () -> producer.send(new Message(topic, body)).getSendStatus();
        }
    }

    private static DefaultMQProducer producerOf(String kind, String group) {
        if (!kind.equals("transaction")) {
            return new DefaultMQProducer(group);
        }
        TransactionMQProducer producer = new TransactionMQProducer(group);
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
                return LocalTransactionState.COMMIT_MESSAGE;
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                return LocalTransactionState.COMMIT_MESSAGE;
            }
        });
        return producer;
    }
}
