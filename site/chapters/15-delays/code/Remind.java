// The same reminders with the official Java client. The table of interoperability runs this file, with the client of 4.9
// and of 5.3, against the broker of this book.

import static org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
import static org.apache.rocketmq.common.consumer.ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

public class Remind {
  static final Set<String> PAID = Set.of("order-1");
  static final byte[] BODY = "is it paid?".getBytes(UTF_8);

  // #region by-level-java
  /** A reminder of an order. Level 14 waits ten minutes. */
  static Message remindByLevel(String order, int level) {
    Message reminder =
        new Message("Orders", "reminder", order, BODY);
    reminder.setDelayTimeLevel(level);
    return reminder;
  }
  // #endregion by-level-java

  static void whenReminded(MessageExt reminder) {
    String order = reminder.getKeys();
    System.out.println(order + (PAID.contains(order) ? " is paid" : " is cancelled"));
  }

  /** Prints what became of two orders, a line each. */
  public static void main(String[] args) throws Exception {
    DefaultMQProducer shop = new DefaultMQProducer("shop");
    shop.setNamesrvAddr(args[0]);
    shop.start();
    shop.send(remindByLevel("order-1", 1));
    shop.send(remindByLevel("order-2", 2));
    DefaultMQPushConsumer billing = new DefaultMQPushConsumer("billing");
    billing.setNamesrvAddr(args[0]);
    billing.setConsumeFromWhere(CONSUME_FROM_FIRST_OFFSET);
    billing.subscribe("Orders", "*");
    billing.registerMessageListener((MessageListenerConcurrently) (list, context) -> {
      list.forEach(Remind::whenReminded);
      return CONSUME_SUCCESS;
    });
    billing.start();
  }
}
