/*
 * `pull`: a DefaultMQPullConsumer that pulls every queue of `topic` from its first offset to its last, stores how far it
 * came, and reads that back. `done` has what the other consumers say, and `stored`: whether every offset came back.
 */
package glassmq.interop;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

final class Pull implements Operation {
    @Override
    @SuppressWarnings("deprecation")
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(command.text("group"));
        consumer.setNamesrvAddr(command.text("namesrv"));
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        long startedAt = System.currentTimeMillis();
        Set<String> keys = new HashSet<>();
        int received = 0;
        consumer.start();
        try {
            for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(command.text("topic"))) {
                long offset = consumer.minOffset(queue);
                long end = consumer.maxOffset(queue);
                if (consumer.searchOffset(queue, 0) != offset) {
                    throw new IllegalStateException("the offset of time 0 is not the first one of " + queue);
                }
                while (offset < end) {
                    PullResult result = consumer.pull(queue, command.text("expression", "*"), offset, 32);
                    if (result.getPullStatus() == PullStatus.FOUND) {
                        for (MessageExt message : result.getMsgFoundList()) {
                            received++;
                            keys.add(Messages.identity(message));
                            output.event(command.id(), "received", Messages.received(message, false));
                        }
                    }
                    if (result.getNextBeginOffset() <= offset) {
                        throw new IllegalStateException("no way on from " + offset + " of " + queue + ": " + result);
                    }
                    offset = result.getNextBeginOffset();
                }
                consumer.updateConsumeOffset(queue, offset);
                consumer.getDefaultMQPullConsumerImpl().getOffsetStore().persist(queue);
                waitUntilStored(consumer, queue, offset, command);
            }
            return Output.fields("received", received, "distinct", keys.size(), "duplicates", received - keys.size(),
                "retried", 0, "outOfOrder", 0, "timedOut", false,
                "tookMs", System.currentTimeMillis() - startedAt);
        } finally {
            consumer.shutdown();
        }
    }

    /** The offset travels one-way, so it may arrive a moment later. */
    private static void waitUntilStored(DefaultMQPullConsumer consumer, MessageQueue queue, long offset, Command command)
        throws Exception {
        long stored = -1;
        for (int tries = 0; tries < 100; tries++) {
            stored = consumer.fetchConsumeOffset(queue, true);
            if (stored == offset) {
                return;
            }
            command.pause(50);
        }
        throw new IllegalStateException("the offset of " + queue + " is " + stored + ", stored was " + offset);
    }
}
