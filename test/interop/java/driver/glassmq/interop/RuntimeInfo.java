/*
 * `runtimeInfo`: asks `broker` by the official admin client and reads the table as the Prometheus exporter's
 * BrokerRuntimeStats does: which texts are cut where, and which number each part must be. `done` has `numbers`, and
 * `faults`: the keys that are missing or no such number.
 */
package glassmq.interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

final class RuntimeInfo implements Operation {
    private static final String UNITS = "KMGTPE";

    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        DefaultMQAdminExt admin = new DefaultMQAdminExt(5_000L);
        admin.setNamesrvAddr(command.text("namesrv"));
        admin.setClientIP("127.0.0.1");
        admin.setInstanceName("driver-" + command.id() + "-" + System.nanoTime());
        admin.start();
        try {
            // KVTable lies in another package in 5.x
            Object answer = admin.fetchBrokerRuntimeStats(command.text("broker"));
            Map<?, ?> table = (Map<?, ?>) answer.getClass().getMethod("getTable").invoke(answer);
            return read(table, command);
        } finally {
            Produce.inBackground(admin::shutdown);
        }
    }

    private static Map<String, Object> read(Map<?, ?> table, Command command) {
        Map<String, Object> numbers = new TreeMap<>();
        List<String> faults = new ArrayList<>();
        for (String key : command.texts("longs")) {
            one(table, key, numbers, faults, Long::parseLong);
        }
        for (String key : command.texts("doubles")) {
            one(table, key, numbers, faults, text -> Double.parseDouble(text.split(" ")[0]));
        }
        for (String key : command.texts("rates")) {
            one(table, key, numbers, faults, text -> {
                double sum = 0; // of a young broker there may be fewer than three
                for (String rate : text.split(" ")) {
                    sum += Double.parseDouble(rate);
                }
                return sum;
            });
        }
        one(table, "putMessageDistributeTime", numbers, faults, text -> {
            int puts = 0;
            for (String range : text.split(" ")) {
                puts += Integer.parseInt(range.split(":")[1]);
            }
            return puts;
        });
        one(table, "commitLogDirCapacity", numbers, faults, text -> {
            String[] words = text.split(" ");
            double total = bytes(words[2], words[3].substring(0, words[3].length() - 1));
            double free = bytes(words[6], words[7].substring(0, words[7].length() - 1));
            return free / total;
        });
        for (Object key : table.keySet()) {
            if (String.valueOf(key).startsWith("scheduleMessageOffset")) {
                one(table, String.valueOf(key), numbers, faults,
                    text -> Long.parseLong(text.split(",")[1]) - Long.parseLong(text.split(",")[0]));
            }
        }
        return Output.fields("numbers", numbers, "faults", faults);
    }

    private static void one(Map<?, ?> table, String key, Map<String, Object> numbers, List<String> faults,
        Function<String, Number> parse) {
        Object text = table.get(key);
        try {
            numbers.put(key, parse.apply((String) text));
        } catch (RuntimeException fault) {
            faults.add(key + " is " + text);
        }
    }

    private static double bytes(String number, String unit) {
        return Double.parseDouble(number) * Math.pow(1024, UNITS.indexOf(unit.charAt(0)) + 1);
    }
}
