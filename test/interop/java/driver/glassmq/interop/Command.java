/*
 * One command as the driver received it: typed access to its options, and the flag that ends it early.
 * A missing option without a default is an error that names the option.
 */
package glassmq.interop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;

final class Command {
    private final Map<?, ?> options;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private Command(Map<?, ?> options) {
        this.options = options;
    }

    static Command parse(String line) {
        return new Command(RemotingSerializable.fromJson(line, HashMap.class));
    }

    int id() {
        return number("id", 0);
    }

    String text(String name) {
        Object value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the command lacks '" + name + "'");
        }
        return value.toString();
    }

    String text(String name, String otherwise) {
        Object value = options.get(name);
        return value == null ? otherwise : value.toString();
    }

    int number(String name, int otherwise) {
        Object value = options.get(name);
        return value == null ? otherwise : ((Number) value).intValue();
    }

    boolean flag(String name, boolean otherwise) {
        Object value = options.get(name);
        return value == null ? otherwise : (Boolean) value;
    }

    List<String> texts(String name) {
        Object value = options.get(name);
        if (value == null) {
            return Collections.emptyList();
        }
        List<String> texts = new ArrayList<>();
        for (Object item : (List<?>) value) {
            texts.add(String.valueOf(item));
        }
        return texts;
    }

    Map<String, String> textMap(String name) {
        Map<String, String> texts = new HashMap<>();
        Object value = options.get(name);
        if (value != null) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                texts.put(String.valueOf(entry.getKey()), String.valueOf(entry.getValue()));
            }
        }
        return texts;
    }

    void stop() {
        stopped.countDown();
    }

    boolean isStopped() {
        return stopped.getCount() == 0;
    }

    /** Waits, and returns early (true) when the command was stopped. */
    boolean pause(long millis) throws InterruptedException {
        return stopped.await(millis, TimeUnit.MILLISECONDS);
    }
}
