/*
 * `produceTransaction`: sends `count` half messages. Message i is committed when i mod 3 is 0, rolled back when it is
 * 1, and left unknown when it is 2; unknown ones are committed when the broker asks back. A broker may also ask about
 * a decision that it has not recorded yet (5.x records them in batches); it then hears the same decision again. Each
 * `sent` event carries `decision`. With `checkWaitMs` > 0 the producer stays that long, or until every unknown one was
 * asked about; with 0 it decides none of them, however late it ends, and leaves them to whoever comes later. `leftOpen`
 * were left undecided by an earlier producer of the group.
 */
package glassmq.interop;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.client.producer.TransactionSendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

final class ProduceTransaction implements Operation {
    private static final LocalTransactionState[] DECISIONS = {
        LocalTransactionState.COMMIT_MESSAGE, LocalTransactionState.ROLLBACK_MESSAGE, LocalTransactionState.UNKNOW};

    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        Set<String> asked = ConcurrentHashMap.newKeySet();
        int checkWaitMs = command.number("checkWaitMs", 0);
        TransactionMQProducer producer = new TransactionMQProducer(command.text("group"));
        producer.setTransactionListener(new TransactionListener() {
            @Override
            public LocalTransactionState executeLocalTransaction(Message message, Object index) {
                return decision((Integer) index);
            }

            @Override
            public LocalTransactionState checkLocalTransaction(MessageExt message) {
                LocalTransactionState decision = decision(Integer.parseInt(message.getUserProperty("index")));
                if (decision != LocalTransactionState.UNKNOW || checkWaitMs == 0) {
                    return decision;
                }
                asked.add(message.getKeys());
                return LocalTransactionState.COMMIT_MESSAGE;
            }
        });
        Produce.start(producer, command);
        try {
            Messages messages = new Messages(command);
            int count = command.number("count", 3);
            int unknown = command.number("leftOpen", 0);
            for (int i = 0; i < count && !command.isStopped(); i++) {
                Message message = messages.message(i);
                TransactionSendResult result = producer.sendMessageInTransaction(message, i);
                String decision = result.getLocalTransactionState().name();
                unknown += result.getLocalTransactionState() == LocalTransactionState.UNKNOW ? 1 : 0;
                output.event(command.id(), "sent",
                    "msgId", Messages.uniqueId(message), "key", message.getKeys(), "tags", message.getTags(),
                    "bodyBytes", message.getBody().length, "bodyCrc32", Messages.crc32(message.getBody()),
                    "status", result.getSendStatus().name(), "decision", decision);
            }
            long until = System.currentTimeMillis() + checkWaitMs;
            while (asked.size() < unknown && System.currentTimeMillis() < until && !command.pause(50)) {
                // Asked again every 50 ms: the broker's own check interval decides how long this takes.
            }
            // END_TRANSACTION is sent one way.
            command.pause(200);
            return Output.fields("sent", count, "unknown", unknown, "asked", asked.size());
        } finally {
            Produce.inBackground(producer::shutdown);
        }
    }

    private static LocalTransactionState decision(int index) {
        return DECISIONS[index % DECISIONS.length];
    }
}
