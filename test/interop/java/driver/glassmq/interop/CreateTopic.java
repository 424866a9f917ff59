/*
 * `createTopic`: creates or changes `topic` with `queues` queues on `brokers` (addresses), then waits until a
 * producer of `namesrv` sees queues on all of them, so that what follows does not race with the registration.
 */
package glassmq.interop;

import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

final class CreateTopic implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        String topic = command.text("topic");
        int queues = command.number("queues", 4);
        List<String> brokers = command.texts("brokers");
        DefaultMQAdminExt admin = new DefaultMQAdminExt(5_000L);
        admin.setNamesrvAddr(command.text("namesrv"));
        admin.setClientIP("127.0.0.1");
        admin.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        admin.start();
        try {
            for (String broker : brokers) {
                TopicConfig config = new TopicConfig(topic);
                config.setReadQueueNums(queues);
                config.setWriteQueueNums(queues);
                admin.createAndUpdateTopicConfig(broker, config);
            }
        } finally {
            Produce.inBackground(admin::shutdown);
        }
        DefaultMQProducer producer = Produce.start(new DefaultMQProducer("driver-create-topic"), command);
        try {
            int expected = queues * brokers.size();
            long until = System.currentTimeMillis() + command.number("maxWaitMs", 10_000);
            int visible = 0;
            while (visible < expected && System.currentTimeMillis() < until) {
                visible = visibleQueues(producer, topic);
                if (visible < expected) {
                    command.pause(50);
                }
            }
            if (visible < expected) {
                throw new IllegalStateException("topic " + topic + " shows " + visible + " of " + expected
                    + " queues at the name server");
            }
            return Output.fields("queues", visible);
        } finally {
            Produce.inBackground(producer::shutdown);
        }
    }

    private static int visibleQueues(DefaultMQProducer producer, String topic) {
        try {
            return producer.fetchPublishMessageQueues(topic).size();
        } catch (MQClientException notYet) {
            return 0;
        }
    }
}
