/*
 * `signed`: sends `count` messages and consumes them again with a client that signs every request with `accessKey` and
 * `secretKey` (AclClientRPCHook), then tries to send one with the secret key reversed and one without a signature. `done`
 * has what came, and the response codes of the two that must be refused.
 */
package glassmq.interop;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.acl.common.AclClientRPCHook;
import org.apache.rocketmq.acl.common.SessionCredentials;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.remoting.RPCHook;

final class Signed implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        String accessKey = command.text("accessKey");
        String secretKey = command.text("secretKey");
        RPCHook hook = new AclClientRPCHook(new SessionCredentials(accessKey, secretKey));
        Messages messages = new Messages(command);
        int count = command.number("count", 1);
        Set<String> received = ConcurrentHashMap.newKeySet();
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(command.text("group"), hook,
            new AllocateMessageQueueAveragely());
        consumer.setNamesrvAddr(command.text("namesrv"));
        consumer.setClientIP("127.0.0.1");
        consumer.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        consumer.setPollNameServerInterval(Produce.ROUTE_REFRESH_MS);
        consumer.subscribe(command.text("topic"), "*");
        consumer.registerMessageListener((MessageListenerConcurrently) (batch, context) -> {
            for (MessageExt message : batch) {
                received.add(message.getKeys());
            }
            return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
        });
        DefaultMQProducer producer = Produce.start(new DefaultMQProducer(command.text("group") + "-p", hook), command);
        consumer.start();
        try {
            for (int i = 0; i < count; i++) {
                producer.send(messages.message(i));
            }
            long until = System.currentTimeMillis() + command.number("maxWaitMs", 30_000);
            while (received.size() < count && System.currentTimeMillis() < until) {
                command.pause(20);
            }
            String reversed = new StringBuilder(secretKey).reverse().toString();
            return Output.fields("received", received.size(),
                "forged", refusal(command, new AclClientRPCHook(new SessionCredentials(accessKey, reversed)), messages),
                "unsigned", refusal(command, null, messages));
        } finally {
            Produce.inBackground(producer::shutdown);
            consumer.shutdown();
        }
    }

    /** The response code of a send that must fail; 0 when it did not. */
    private static int refusal(Command command, RPCHook hook, Messages messages) throws Exception {
        DefaultMQProducer producer = Produce.start(new DefaultMQProducer(command.text("group") + "-x", hook), command);
        try {
            producer.send(messages.message(0));
            return 0;
        } catch (MQBrokerException refused) {
            return refused.getResponseCode();
        } catch (MQClientException refused) {
            Throwable cause = refused.getCause();
            return cause instanceof MQBrokerException ? ((MQBrokerException) cause).getResponseCode()
                : refused.getResponseCode();
        } finally {
            Produce.inBackground(producer::shutdown);
        }
    }
}
