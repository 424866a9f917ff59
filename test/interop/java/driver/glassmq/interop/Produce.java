/*
 * `produce`: sends `count` messages to `topic` and reports each with the id and the place the broker gave it.
 *
 *   mode sync      `threads` threads, each waiting for its answer
 *        async     one thread, at most 256 answers outstanding
 *        oneway    no answer, so no place is reported
 *        batch     `batchSize` messages per request
 *        selector  one thread; the queue is chosen by index mod `shards`, so a shard's messages stay in order
 *
 * `recallEvery` n: mode sync takes every n-th message back at once (5.3).
 *
 * The client's own retries are off unless `retries` is given: a send that fails is counted as failed, never repeated
 * behind the test's back. `done` carries sent, failed, the first failure's text, and the time taken.
 */
package glassmq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;

final class Produce implements Operation {
    /** Every client of the driver looks for new routes this often, instead of every 30 s. */
    static final int ROUTE_REFRESH_MS = 2_000;
    private static final int OUTSTANDING_MAX = 256;

    /** The count of what happened in one run; `sent` means SEND_OK, or handed over when one-way. */
    private static final class Tally {
        final AtomicInteger sent = new AtomicInteger();
        final AtomicInteger failed = new AtomicInteger();
        final AtomicReference<String> firstFailure = new AtomicReference<>();

        void fail(Object failure) {
            failed.incrementAndGet();
            firstFailure.compareAndSet(null, String.valueOf(failure));
        }
    }

    static DefaultMQProducer start(DefaultMQProducer producer, Command command) throws Exception {
        producer.setNamesrvAddr(command.text("namesrv"));
        producer.setClientIP("127.0.0.1");
        producer.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        producer.setRetryTimesWhenSendFailed(command.number("retries", 0));
        producer.setRetryTimesWhenSendAsyncFailed(command.number("retries", 0));
        producer.setSendMsgTimeout(command.number("timeoutMs", 10_000));
        producer.setPollNameServerInterval(ROUTE_REFRESH_MS);
        producer.start();
        return producer;
    }

    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQProducer producer = start(new DefaultMQProducer(command.text("group")), command);
        Tally tally = new Tally();
        long startedAt = System.nanoTime();
        try {
            String mode = command.text("mode", "sync");
            switch (mode) {
                case "sync":
                    sync(command, output, producer, tally);
                    break;
                case "async":
                    async(command, output, producer, tally);
                    break;
                case "oneway":
                    oneway(command, output, producer, tally);
                    break;
                case "batch":
                    batch(command, output, producer, tally);
                    break;
                case "selector":
                    selector(command, output, producer, tally);
                    break;
                default:
                    throw new IllegalArgumentException("no mode '" + mode + "'; sync, async, oneway, batch, selector");
            }
            long tookMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedAt);
            return Output.fields("sent", tally.sent.get(), "failed", tally.failed.get(),
                "firstFailure", tally.firstFailure.get(), "tookMs", tookMs);
        } finally {
            inBackground(producer::shutdown);
        }
    }

    /** A 5.x client's shutdown waits up to 3 s for one of its threads; nobody needs to wait for a producer's. */
    static void inBackground(Runnable shutdown) {
        Thread thread = new Thread(shutdown, "shutdown");
        thread.setDaemon(true);
        thread.start();
    }

    static void report(Output output, Command command, Message message, SendResult result, long offsetInBatch) {
        Map<String, Object> fields = Output.fields(
            "msgId", Messages.uniqueId(message),
            "key", message.getKeys(),
            "tags", message.getTags(),
            "bodyBytes", message.getBody().length,
            "bodyCrc32", Messages.crc32(message.getBody()));
        if (result != null) {
            fields.put("status", result.getSendStatus().name());
            fields.put("offsetMsgId", result.getOffsetMsgId().split(",")[(int) offsetInBatch]);
            fields.put("brokerName", result.getMessageQueue().getBrokerName());
            fields.put("queueId", result.getMessageQueue().getQueueId());
            fields.put("queueOffset", result.getQueueOffset() + offsetInBatch);
        }
        output.event(command.id(), "sent", fields);
    }

    private static void accept(Output output, Command command, Message message, SendResult result, Tally tally) {
        report(output, command, message, result, 0);
        if (result.getSendStatus() == SendStatus.SEND_OK) {
            tally.sent.incrementAndGet();
        } else {
            tally.fail(result.getSendStatus());
        }
    }

    private void sync(Command command, Output output, DefaultMQProducer producer, Tally tally) throws Exception {
        Messages messages = new Messages(command);
        int count = command.number("count", 1);
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < command.number("threads", 1); t++) {
            Thread thread = new Thread(() -> {
                for (int i = next.getAndIncrement(); i < count && !command.isStopped(); i = next.getAndIncrement()) {
                    Message message = messages.message(i);
                    try {
                        SendResult result = producer.send(message);
                        accept(output, command, message, result, tally);
                        if (command.number("recallEvery", 0) > 0 && i % command.number("recallEvery", 0) == 0) {
                            recall(producer, message, result);
                        }
                    } catch (Exception failure) {
                        tally.fail(failure);
                    }
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** Takes a waiting message back; both methods are 5.3's, so that a 4.9 driver compiles without them. */
    private static void recall(DefaultMQProducer producer, Message message, SendResult result) throws Exception {
        Object handle = SendResult.class.getMethod("getRecallHandle").invoke(result);
        DefaultMQProducer.class.getMethod("recallMessage", String.class, String.class)
            .invoke(producer, message.getTopic(), handle);
    }

    private void async(Command command, Output output, DefaultMQProducer producer, Tally tally) throws Exception {
        Messages messages = new Messages(command);
        Semaphore outstanding = new Semaphore(OUTSTANDING_MAX);
        for (int i = 0; i < command.number("count", 1) && !command.isStopped(); i++) {
            Message message = messages.message(i);
            outstanding.acquire();
            producer.send(message, new SendCallback() {
                @Override
                public void onSuccess(SendResult result) {
                    accept(output, command, message, result, tally);
                    outstanding.release();
                }

                @Override
                public void onException(Throwable failure) {
                    tally.fail(failure);
                    outstanding.release();
                }
            });
        }
        if (!outstanding.tryAcquire(OUTSTANDING_MAX, command.number("timeoutMs", 10_000) * 2L, TimeUnit.MILLISECONDS)) {
            tally.fail("some asynchronous sends were never answered");
        }
    }

    private void oneway(Command command, Output output, DefaultMQProducer producer, Tally tally) throws Exception {
        Messages messages = new Messages(command);
        for (int i = 0; i < command.number("count", 1) && !command.isStopped(); i++) {
            Message message = messages.message(i);
            producer.sendOneway(message);
            report(output, command, message, null, 0);
            tally.sent.incrementAndGet();
        }
        // The last frames are still in the channel's write queue; a shutdown at once could drop them.
        command.pause(200);
    }

    private void batch(Command command, Output output, DefaultMQProducer producer, Tally tally) throws Exception {
        Messages messages = new Messages(command);
        int count = command.number("count", 1);
        int batchSize = command.number("batchSize", 32);
        for (int start = 0; start < count && !command.isStopped(); start += batchSize) {
            List<Message> batch = new ArrayList<>();
            for (int i = start; i < Math.min(count, start + batchSize); i++) {
                batch.add(messages.message(i));
            }
            try {
                SendResult result = producer.send(batch);
                for (int i = 0; i < batch.size(); i++) {
                    report(output, command, batch.get(i), result, i);
                }
                if (result.getSendStatus() == SendStatus.SEND_OK) {
                    tally.sent.addAndGet(batch.size());
                } else {
                    tally.fail(result.getSendStatus());
                }
            } catch (Exception failure) {
                tally.fail(failure);
            }
        }
    }

    private void selector(Command command, Output output, DefaultMQProducer producer, Tally tally) throws Exception {
        Messages messages = new Messages(command);
        int shards = command.number("shards", 4);
        for (int i = 0; i < command.number("count", 1) && !command.isStopped(); i++) {
            Message message = messages.message(i);
            try {
                SendResult result = producer.send(message,
                    (queues, sent, shard) -> queues.get((Integer) shard % queues.size()), i % shards);
                accept(output, command, message, result, tally);
            } catch (Exception failure) {
                tally.fail(failure);
            }
        }
    }
}
