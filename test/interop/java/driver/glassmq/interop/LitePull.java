/*
 * `litePull`: a DefaultLitePullConsumer of `group` on `topic` that polls until `expected` different messages came,
 * until stopped, or until `maxWaitMs`. 5.x clients pull with request 361 here, 4.9 clients with 11.
 */
package glassmq.interop;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

final class LitePull implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(command.text("group"));
        consumer.setNamesrvAddr(command.text("namesrv"));
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPollNameServerInterval(Produce.ROUTE_REFRESH_MS);
        consumer.subscribe(command.text("topic"), command.text("expression", "*"));
        long startedAt = System.currentTimeMillis();
        long until = startedAt + command.number("maxWaitMs", 60_000);
        int expected = command.number("expected", Integer.MAX_VALUE);
        Set<String> keys = new HashSet<>();
        int received = 0;
        consumer.start();
        try {
            while (keys.size() < expected && System.currentTimeMillis() < until && !command.isStopped()) {
                List<MessageExt> messages = consumer.poll(200);
                for (MessageExt message : messages) {
                    received++;
                    keys.add(Messages.identity(message));
                    output.event(command.id(), "received",
                        Messages.received(message, command.flag("withProperties", false)));
                }
            }
            return Output.fields("received", received, "distinct", keys.size(), "duplicates", received - keys.size(),
                "retried", 0, "outOfOrder", 0,
                "timedOut", keys.size() < expected && !command.isStopped(),
                "tookMs", System.currentTimeMillis() - startedAt);
        } finally {
            consumer.shutdown();
        }
    }
}
