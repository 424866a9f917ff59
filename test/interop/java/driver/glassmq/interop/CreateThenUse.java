/*
 * `createThenUse`: `tries` times an operator's order, and at once a use that relies on it, on the broker with address `broker`:
 *
 *   created   a topic is created; its route is there, and a message can be sent
 *   changed   its permission becomes read only; the route says so
 *   deleted   it is deleted at the broker and at the name server; the route is gone
 *   made      a send makes a topic; its route is there
 *
 * Counts the uses that missed, and tells the first one.
 */
package glassmq.interop;

import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

final class CreateThenUse implements Operation {
    private static final int READ_ONLY = 4;
    private final Map<String, Object> missed = new LinkedHashMap<>();

    private interface Use {
        boolean worked() throws Exception;
    }

    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        return new CreateThenUse().tryAll(command);
    }

    private Map<String, Object> tryAll(Command command) throws Exception {
        String broker = command.text("broker");
        String namesrv = command.text("namesrv");
        DefaultMQAdminExt admin = new DefaultMQAdminExt(5_000L);
        admin.setNamesrvAddr(namesrv);
        admin.setClientIP("127.0.0.1");
        admin.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        admin.start();
        DefaultMQProducer producer = Produce.start(new DefaultMQProducer("driver-create-then-use"), command);
        for (String what : new String[] {"created", "sent", "changed", "deleted", "made"}) {
            missed.put(what, 0);
        }
        missed.put("firstMiss", "");
        try {
            for (int i = 0; i < command.number("tries", 60); i++) {
                String topic = command.text("topic") + "-" + i;
                TopicConfig config = new TopicConfig(topic);
                admin.createAndUpdateTopicConfig(broker, config);
                use("created", () -> !admin.examineTopicRouteInfo(topic).getQueueDatas().isEmpty());
                use("sent", () -> isSent(producer, topic));
                config.setPerm(READ_ONLY);
                admin.createAndUpdateTopicConfig(broker, config);
                use("changed", () -> admin.examineTopicRouteInfo(topic).getQueueDatas().get(0).getPerm() == READ_ONLY);
                admin.deleteTopicInBroker(Collections.singleton(broker), topic);
                deleteAtNameServer(admin, namesrv, command.text("cluster"), topic);
                use("deleted", () -> isGone(admin, topic));
                String made = topic + "-made";
                use("made", () -> isSent(producer, made) && !admin.examineTopicRouteInfo(made).getQueueDatas().isEmpty());
            }
            return missed;
        } finally {
            Produce.inBackground(producer::shutdown);
            Produce.inBackground(admin::shutdown);
        }
    }

    private void use(String what, Use use) {
        String why = "it was otherwise";
        try {
            if (use.worked()) {
                return;
            }
        } catch (Exception failure) {
            why = failure.getClass().getSimpleName() + ": " + failure.getMessage();
        }
        missed.put(what, (Integer) missed.get(what) + 1);
        if (missed.get("firstMiss").equals("")) {
            missed.put("firstMiss", what + ": " + why);
        }
    }

    /** 4.9 takes the topic first, 5.x the cluster. */
    private static void deleteAtNameServer(DefaultMQAdminExt admin, String namesrv, String cluster, String topic)
        throws Exception {
        boolean isFour = MQVersion.getVersionDesc(MQVersion.CURRENT_VERSION).startsWith("V4");
        HashSet<String> addresses = new HashSet<>(Collections.singleton(namesrv));
        admin.deleteTopicInNameServer(addresses, isFour ? topic : cluster, isFour ? cluster : topic);
    }

    private static boolean isSent(DefaultMQProducer producer, String topic) throws Exception {
        return producer.send(new Message(topic, "body".getBytes("UTF-8"))).getSendStatus() == SendStatus.SEND_OK;
    }

    private static boolean isGone(DefaultMQAdminExt admin, String topic) {
        try {
            return admin.examineTopicRouteInfo(topic).getQueueDatas().isEmpty();
        } catch (Exception gone) {
            return true;
        }
    }
}
