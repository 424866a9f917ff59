/*
 * The driver: one JVM that carries out many client operations.
 *
 * Each line on standard input is one command, a JSON object with `id`, `op` and the operation's options. Each line
 * on standard output is one event, a JSON object with the command's `id` and an `event`:
 *
 *   sent, received   one message          (Produce, Consume)
 *   acknowledged     the key of one message that the broker has stored  (SendSteadily)
 *   queues           how many queues a consumer owns now
 *   done             the operation's summary; the last event of a command that worked
 *   failed           `message` and `trace`; the last event of one that did not
 *
 * Commands run side by side, each in a thread of its own. The end of standard input ends the JVM, so a driver never
 * outlives the program that started it. A single command may also be given as the only argument.
 *
 * The sources use only what the 4.9 and 5.3 clients have in common, in Java 8; what one of them lacks is reached by
 * reflection and named where it is used.
 */
package glassmq.interop;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.common.MQVersion;

public final class Driver {
    private static final Map<String, Operation> OPERATIONS = new LinkedHashMap<>();
    private static final Map<Integer, Command> RUNNING = new ConcurrentHashMap<>();

    static {
        OPERATIONS.put("produce", new Produce());
        OPERATIONS.put("produceTransaction", new ProduceTransaction());
        OPERATIONS.put("consume", new Consume());
        OPERATIONS.put("litePull", new LitePull());
        OPERATIONS.put("signed", new Signed());
        OPERATIONS.put("pull", new Pull());
        OPERATIONS.put("request", new Request());
        OPERATIONS.put("createTopic", new CreateTopic());
        OPERATIONS.put("createThenUse", new CreateThenUse());
        OPERATIONS.put("admin", new Admin());
        OPERATIONS.put("readProperties", new ReadProperties());
        OPERATIONS.put("runtimeInfo", new RuntimeInfo());
        OPERATIONS.put("benchmarkProducer", new BenchmarkProducer());
        OPERATIONS.put("benchmarkConsumer", new BenchmarkConsumer());
        OPERATIONS.put("sendSteadily", new SendSteadily());
    }

    private Driver() {
    }

    public static void main(String[] args) throws Exception {
        final Output output = new Output(System.out);
        // Whatever a library prints must not land between the events.
        System.setOut(System.err);
        output.event(0, "started", "version", MQVersion.getVersionDesc(MQVersion.CURRENT_VERSION));
        if (args.length > 0) {
            boolean worked = run(Command.parse(args[0]), output);
            System.exit(worked ? 0 : 1);
        }
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.trim().isEmpty()) {
                continue;
            }
            final Command command = Command.parse(line);
            if (command.text("op").equals("stop")) {
                Command target = RUNNING.get(command.number("target", 0));
                if (target != null) {
                    target.stop();
                }
                continue;
            }
            Thread thread = new Thread(() -> run(command, output), "operation-" + command.id());
            thread.setDaemon(true);
            thread.start();
        }
        // Not System.exit: the peers' shutdown hooks may wait for servers that are gone already.
        Runtime.getRuntime().halt(0);
    }

    private static boolean run(Command command, Output output) {
        RUNNING.put(command.id(), command);
        try {
            Operation operation = OPERATIONS.get(command.text("op"));
            if (operation == null) {
                throw new IllegalArgumentException("no operation '" + command.text("op") + "'; there are "
                    + OPERATIONS.keySet());
            }
            Map<String, Object> summary = operation.run(command, output);
            output.event(command.id(), "done", summary);
            return true;
        } catch (Throwable failure) {
            output.failed(command.id(), failure);
            return false;
        } finally {
            RUNNING.remove(command.id());
        }
    }
}
