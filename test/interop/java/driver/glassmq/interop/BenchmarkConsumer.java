/*
 * `benchmarkConsumer`: a push consumer counts what it gets and keeps nothing, until `count` messages came, until none
 * came for `idleMs`, or until `maxWaitMs`. `done`: messages per second between the first and the last one, and the
 * quantiles of the time from the producer's birth stamp to the listener (of use only when producer and consumer run
 * at once).
 */
package glassmq.interop;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.common.message.MessageExt;

final class BenchmarkConsumer implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQPushConsumer consumer = Consume.consumer(command);
        AtomicLong received = new AtomicLong();
        AtomicLong firstAt = new AtomicLong();
        AtomicLong lastAt = new AtomicLong();
        Latencies latencies = new Latencies();
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            long now = System.nanoTime();
            firstAt.compareAndSet(0, now);
            lastAt.set(now);
            received.addAndGet(messages.size());
            for (MessageExt message : messages) {
                long ageMs = System.currentTimeMillis() - message.getBornTimestamp();
                latencies.addNanos(TimeUnit.MILLISECONDS.toNanos(ageMs));
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        int count = command.number("count", Integer.MAX_VALUE);
        long idleNanos = TimeUnit.MILLISECONDS.toNanos(command.number("idleMs", 2_000));
        long until = System.currentTimeMillis() + command.number("maxWaitMs", 60_000);
        consumer.start();
        try {
            while (received.get() < count && System.currentTimeMillis() < until && !command.pause(20)) {
                if (lastAt.get() != 0 && System.nanoTime() - lastAt.get() > idleNanos) {
                    break;
                }
            }
        } finally {
            consumer.shutdown();
        }
        double seconds = (lastAt.get() - firstAt.get()) / 1e9;
        return Output.fields("received", received.get(), "seconds", seconds,
            "perSecond", seconds > 0 ? Math.round(received.get() / seconds) : 0,
            "p50Ms", latencies.quantileMs(0.5), "p99Ms", latencies.quantileMs(0.99));
    }
}
