/*
 * `request`: asks `count` questions one after the other (DefaultMQProducer.request), each a message of Messages, and waits
 * for what its consumer replies. `done` counts the replies that came and those whose body is not "re:" and the question's
 * key.
 *
 * The callback form of request, because the waiting form of 5.3.3 returns as soon as the question is sent, without the
 * reply; its callback, too, is called once with null then.
 */
package glassmq.interop;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.RequestCallback;
import org.apache.rocketmq.common.message.Message;

final class Request implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQProducer producer = Produce.start(new DefaultMQProducer(command.text("group")), command);
        Messages messages = new Messages(command);
        int replied = 0;
        int wrong = 0;
        String firstFailure = null;
        try {
            for (int i = 0; i < command.number("count", 1) && !command.isStopped(); i++) {
                Message question = messages.message(i);
                try {
                    Message reply = ask(producer, question, command.number("timeoutMs", 10_000));
                    replied++;
                    String text = new String(reply.getBody(), StandardCharsets.UTF_8);
                    if (!text.equals("re:" + question.getKeys())) {
                        wrong++;
                    }
                } catch (Exception failure) {
                    firstFailure = firstFailure == null ? String.valueOf(failure) : firstFailure;
                }
            }
            return Output.fields("replied", replied, "wrong", wrong, "firstFailure", firstFailure);
        } finally {
            Produce.inBackground(producer::shutdown);
        }
    }

    private static Message ask(DefaultMQProducer producer, Message question, long timeoutMs) throws Exception {
        CompletableFuture<Message> answered = new CompletableFuture<>();
        producer.request(question, new RequestCallback() {
            @Override
            public void onSuccess(Message reply) {
                if (reply != null) {
                    answered.complete(reply);
                }
            }

            @Override
            public void onException(Throwable failure) {
                answered.completeExceptionally(failure);
            }
        }, timeoutMs);
        return answered.get(timeoutMs, TimeUnit.MILLISECONDS);
    }
}
