/*
 * What the driver sends, so that both ends can compute it: message number i has the key `<keyPrefix><i>`, the user
 * property `index` = i, the tag tags[i mod n], and a body that starts with the key and a bar and is filled up to
 * `bodyBytes` with a pattern that depends on i. The events name a body by its CRC-32, eight hex digits.
 */
package glassmq.interop;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageClientIDSetter;
import org.apache.rocketmq.common.message.MessageExt;

final class Messages {
    private final String topic;
    private final String keyPrefix;
    private final List<String> tags;
    private final int bodyBytes;
    private final int delayLevel;
    private final int timerDelayMs;
    private final String timerKind;
    private final Map<String, String> properties;

    Messages(Command command) {
        topic = command.text("topic");
        keyPrefix = command.text("keyPrefix", "key-");
        tags = command.texts("tags");
        bodyBytes = command.number("bodyBytes", 128);
        delayLevel = command.number("delayLevel", 0);
        timerDelayMs = command.number("timerDelayMs", 0);
        timerKind = command.text("timerKind", "ms");
        properties = command.textMap("properties");
    }

    Message message(int index) {
        String tag = tags.isEmpty() ? null : tags.get(index % tags.size());
        Message message = new Message(topic, tag, keyPrefix + index, body(keyPrefix + index, index, bodyBytes));
        message.putUserProperty("index", Integer.toString(index));
        for (Map.Entry<String, String> property : properties.entrySet()) {
            message.putUserProperty(property.getKey(), property.getValue());
        }
        if (delayLevel > 0) {
            message.setDelayTimeLevel(delayLevel);
        }
        if (timerDelayMs > 0) {
            // Message.setDelayTimeMs and its kin are 5.x only; these properties are what they set.
            if (timerKind.equals("sec")) {
                MessageAccessor.putProperty(message, "TIMER_DELAY_SEC", Integer.toString(timerDelayMs / 1000));
            } else if (timerKind.equals("deliver")) {
                long deliverMs = System.currentTimeMillis() + timerDelayMs;
                MessageAccessor.putProperty(message, "TIMER_DELIVER_MS", Long.toString(deliverMs));
            } else {
                MessageAccessor.putProperty(message, "TIMER_DELAY_MS", Integer.toString(timerDelayMs));
            }
        }
        return message;
    }

    static byte[] body(String key, int index, int bodyBytes) {
        byte[] head = (key + "|").getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[Math.max(head.length, bodyBytes)];
        System.arraycopy(head, 0, body, 0, head.length);
        for (int i = head.length; i < body.length; i++) {
            body[i] = (byte) ('a' + (i + index) % 26);
        }
        return body;
    }

    static String crc32(byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(body, 0, body.length);
        return String.format("%08x", crc.getValue());
    }

    /**
     * Tells messages apart: the key, which the sender made unique within a topic. The message id does not serve: a 5.x
     * client gives a batch an id of its own, brokers append it to each message's properties, and the last one wins, so
     * all messages of a batch arrive with one id.
     */
    static String identity(MessageExt message) {
        return message.getKeys() == null ? message.getMsgId() : message.getKeys();
    }

    static String uniqueId(Message message) {
        return MessageClientIDSetter.getUniqID(message);
    }

    static Map<String, Object> received(MessageExt message, boolean withProperties) {
        Map<String, Object> fields = Output.fields(
            "msgId", message.getMsgId(),
            "key", message.getKeys(),
            "topic", message.getTopic(),
            "tags", message.getTags(),
            "brokerName", message.getBrokerName(),
            "queueId", message.getQueueId(),
            "queueOffset", message.getQueueOffset(),
            "reconsumeTimes", message.getReconsumeTimes(),
            "bornTimestampMs", message.getBornTimestamp(),
            "storeTimestampMs", message.getStoreTimestamp(),
            "receivedAtMs", System.currentTimeMillis(),
            "bodyBytes", message.getBody().length,
            "bodyCrc32", crc32(message.getBody()));
        if (withProperties) {
            fields.put("properties", message.getProperties());
        }
        return fields;
    }
}
