/*
 * `consume`: a push consumer of `group` on `topic`, until `expected` different messages arrived (then `settleMs` more,
 * so that a duplicate has time to show), until stopped, or until `maxWaitMs`.
 *
 *   expression, expressionType   TAG (default) or SQL92
 *   orderly, broadcast           listener and message model
 *   from                         first (default) or last
 *   failTimes, failDelayLevel    every message is refused until it came back that many times
 *   clientRebalance              false: the broker assigns the queues (5.x only, reached by reflection)
 *   reply                        true: every message is a question, answered with "re:" and its key
 *
 * `queues` is sent whenever the number of the topic's queues it owns has changed. `done` counts received and distinct
 * messages, duplicates (same key and same reconsumeTimes twice), retried ones (reconsumeTimes > 0), and, for an orderly
 * consumer, messages that arrived behind a later one of their queue.
 */
package glassmq.interop;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

final class Consume implements Operation {
    /** What the listener saw, filled by many threads. */
    private static final class Seen {
        final Map<String, Integer> deliveries = new ConcurrentHashMap<>();
        final Set<String> keys = ConcurrentHashMap.newKeySet();
        final Map<String, Long> lastOffsets = new ConcurrentHashMap<>();
        final AtomicInteger received = new AtomicInteger();
        final AtomicInteger duplicates = new AtomicInteger();
        final AtomicInteger retried = new AtomicInteger();
        final AtomicInteger outOfOrder = new AtomicInteger();

        void add(MessageExt message) {
            received.incrementAndGet();
            keys.add(Messages.identity(message));
            String delivery = Messages.identity(message) + "#" + message.getReconsumeTimes();
            if (deliveries.merge(delivery, 1, Integer::sum) > 1) {
                duplicates.incrementAndGet();
            }
            if (message.getReconsumeTimes() > 0) {
                retried.incrementAndGet();
            }
        }

        void addInOrder(MessageExt message) {
            String queue = message.getBrokerName() + "/" + message.getQueueId();
            Long before = lastOffsets.put(queue, message.getQueueOffset());
            if (before != null && before >= message.getQueueOffset() && message.getReconsumeTimes() == 0) {
                outOfOrder.incrementAndGet();
            }
        }
    }

    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        Seen seen = new Seen();
        DefaultMQPushConsumer consumer = consumer(command);
        listen(consumer, command, output, seen);
        long startedAt = System.currentTimeMillis();
        long until = startedAt + command.number("maxWaitMs", 60_000);
        int expected = command.number("expected", Integer.MAX_VALUE);
        consumer.start();
        try {
            int queues = 0;
            long settledAt = Long.MAX_VALUE;
            boolean timedOut = false;
            while (System.currentTimeMillis() < settledAt && !command.isStopped()) {
                int queuesNow = ownedQueues(consumer, command.text("topic"));
                if (queuesNow != queues) {
                    queues = queuesNow;
                    output.event(command.id(), "queues", "count", queues);
                }
                if (settledAt == Long.MAX_VALUE && seen.keys.size() >= expected) {
                    settledAt = System.currentTimeMillis() + command.number("settleMs", 300);
                }
                if (settledAt == Long.MAX_VALUE && System.currentTimeMillis() > until) {
                    timedOut = true;
                    break;
                }
                command.pause(10);
            }
            return Output.fields("received", seen.received.get(), "distinct", seen.keys.size(),
                "duplicates", seen.duplicates.get(), "retried", seen.retried.get(),
                "outOfOrder", seen.outOfOrder.get(), "timedOut", timedOut,
                "tookMs", System.currentTimeMillis() - startedAt);
        } finally {
            consumer.shutdown();
        }
    }

    static DefaultMQPushConsumer consumer(Command command) throws Exception {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(command.text("group"));
        consumer.setNamesrvAddr(command.text("namesrv"));
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        consumer.setConsumeFromWhere(command.text("from", "first").equals("first")
            ? ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET : ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
        consumer.setPollNameServerInterval(Produce.ROUTE_REFRESH_MS);
        int threads = command.number("threads", 8);
        consumer.setConsumeThreadMin(threads);
        consumer.setConsumeThreadMax(threads);
        consumer.setConsumeMessageBatchMaxSize(command.number("batchMax", 1));
        if (command.number("maxReconsumeTimes", -1) >= 0) {
            consumer.setMaxReconsumeTimes(command.number("maxReconsumeTimes", -1));
        }
        if (command.flag("broadcast", false)) {
            broadcast(consumer);
        }
        if (!command.flag("clientRebalance", true)) {
            consumer.getClass().getMethod("setClientRebalance", boolean.class).invoke(consumer, false);
        }
        String expression = command.text("expression", "*");
        if (command.text("expressionType", "TAG").equals("SQL92")) {
            consumer.subscribe(command.text("topic"), MessageSelector.bySql(expression));
        } else {
            consumer.subscribe(command.text("topic"), expression);
        }
        return consumer;
    }

    /** MessageModel lives in different packages in 4.9 and 5.x. */
    private static void broadcast(DefaultMQPushConsumer consumer) throws Exception {
        for (Method method : DefaultMQPushConsumer.class.getMethods()) {
            if (method.getName().equals("setMessageModel")) {
                for (Object model : method.getParameterTypes()[0].getEnumConstants()) {
                    if (((Enum<?>) model).name().equals("BROADCASTING")) {
                        method.invoke(consumer, model);
                    }
                }
            }
        }
    }

    private static boolean reply(DefaultMQProducer replier, MessageExt question) {
        try {
            byte[] body = ("re:" + question.getKeys()).getBytes(StandardCharsets.UTF_8);
            replier.send(MessageUtil.createReplyMessage(question, body));
            return true;
        } catch (Exception failure) {
            System.err.println("no reply to " + question.getKeys() + ": " + failure);
            return false;
        }
    }

    private static void listen(DefaultMQPushConsumer consumer, Command command, Output output, Seen seen)
        throws Exception {
        int failTimes = command.number("failTimes", 0);
        int failDelayLevel = command.number("failDelayLevel", 0);
        boolean withProperties = command.flag("withProperties", false);
        if (command.flag("orderly", false)) {
            consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
                boolean refuse = false;
                for (MessageExt message : messages) {
                    seen.add(message);
                    seen.addInOrder(message);
                    output.event(command.id(), "received", Messages.received(message, withProperties));
                    refuse |= message.getReconsumeTimes() < failTimes;
                }
                context.setSuspendCurrentQueueTimeMillis(command.number("suspendMs", 100));
                return refuse ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
            });
            return;
        }
        DefaultMQProducer replier = command.flag("reply", false)
            ? Produce.start(new DefaultMQProducer(command.text("group") + "-replier"), command) : null;
        consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
            boolean refuse = false;
            for (MessageExt message : messages) {
                seen.add(message);
                if (replier != null) {
                    refuse |= !reply(replier, message);
                }
                output.event(command.id(), "received", Messages.received(message, withProperties));
                refuse |= message.getReconsumeTimes() < failTimes;
            }
            context.setDelayLevelWhenNextConsume(failDelayLevel);
            return refuse ? ConsumeConcurrentlyStatus.RECONSUME_LATER : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
    }

    private static int ownedQueues(DefaultMQPushConsumer consumer, String topic) throws Exception {
        Object rebalance = consumer.getDefaultMQPushConsumerImpl().getRebalanceImpl();
        int owned = 0;
        for (String table : new String[] {"getProcessQueueTable", "getPopProcessQueueTable"}) {
            Map<?, ?> queues;
            try {
                queues = (Map<?, ?>) rebalance.getClass().getMethod(table).invoke(rebalance);
            } catch (NoSuchMethodException e) {
                continue; // the pop table is 5.x only
            }
            for (Object queue : queues.keySet()) {
                owned += ((MessageQueue) queue).getTopic().equals(topic) ? 1 : 0;
            }
        }
        return owned;
    }
}
