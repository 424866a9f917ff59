// The same shop and the same billing with the official Java client. The table of interoperability runs this file, with
// the client of 4.9 and of 5.3, against the broker of this book.

import static org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
import static org.apache.rocketmq.common.consumer.ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.function.Consumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

public class Shop {
  // #region shop-java
  /** The shop: the NameServer is at `namesrv`. */
  static String sell(String namesrv) throws Exception {
    DefaultMQProducer producer =
        new DefaultMQProducer("shop");
    producer.setNamesrvAddr(namesrv);
    producer.start();
    byte[] body = "one coffee, please".getBytes(UTF_8);
    Message order =
        new Message("Orders", "coffee", "order-1", body);
    SendResult result = producer.send(order);
    return result.getSendStatus().name();
  }
  // #endregion shop-java

  // #region billing-java
  /** The billing: its listener is called with orders. */
  static void bill(
      String namesrv, Consumer<String> charge)
      throws Exception {
    DefaultMQPushConsumer consumer =
        new DefaultMQPushConsumer("billing");
    consumer.setNamesrvAddr(namesrv);
    consumer.setConsumeFromWhere(
        CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe("Orders", "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently) (list, context) -> {
          for (MessageExt m : list)
            charge.accept(m.getKeys());
          return CONSUME_SUCCESS;
        });
    consumer.start();
  }
  // #endregion billing-java

  /** Prints the send status and the keys of the orders that were billed, a line each. */
  public static void main(String[] args) throws Exception {
    System.out.println(sell(args[0]));
    bill(args[0], System.out::println);
  }
}
