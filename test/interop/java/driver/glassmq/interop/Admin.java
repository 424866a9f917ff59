/*
 * `admin`: one mqadmin command line, run by MQAdminStartup in this JVM; `done` carries all it printed.
 *
 * mqadmin ends the JVM on a command line it cannot parse, and it owns System.out while it runs: commands are run one
 * after the other, in a driver that serves nothing else. Some never end by themselves: with `until`, a regular expression,
 * the command is interrupted as soon as what it has printed matches.
 */
package glassmq.interop;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.rocketmq.tools.command.MQAdminStartup;

final class Admin implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        synchronized (Admin.class) {
            ByteArrayOutputStream printed = new ByteArrayOutputStream();
            PrintStream capture = new PrintStream(printed, true, "UTF-8");
            PrintStream out = System.out;
            PrintStream err = System.err;
            long startedAt = System.currentTimeMillis();
            System.setOut(capture);
            System.setErr(capture);
            Thread watcher = watch(command.text("until", ""), printed);
            try {
                MQAdminStartup.main(command.texts("args").toArray(new String[0]));
            } finally {
                watcher.interrupt();
                System.setOut(out);
                System.setErr(err);
            }
            return Output.fields("output", printed.toString("UTF-8"),
                "tookMs", System.currentTimeMillis() - startedAt);
        }
    }

    /** Looks every 50 ms; interrupts the calling thread once. */
    private static Thread watch(String until, ByteArrayOutputStream printed) {
        Thread working = Thread.currentThread();
        Thread watcher = new Thread(() -> {
            Pattern wanted = Pattern.compile(until);
            try {
                while (!wanted.matcher(printed.toString()).find()) {
                    Thread.sleep(50);
                }
                working.interrupt();
            } catch (InterruptedException over) {
                // the command has ended by itself
            }
        });
        watcher.setDaemon(true);
        if (!until.isEmpty()) {
            watcher.start();
        }
        return watcher;
    }
}
