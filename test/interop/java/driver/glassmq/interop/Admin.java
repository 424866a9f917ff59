/*
 * `admin`: one mqadmin command line, run by MQAdminStartup in this JVM; `done` carries all it printed.
 *
 * mqadmin ends the JVM on a command line it cannot parse, and it owns System.out while it runs: commands are run one
 * after the other, in a driver that serves nothing else.
 */
package glassmq.interop;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;
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
            try {
                MQAdminStartup.main(command.texts("args").toArray(new String[0]));
            } finally {
                System.setOut(out);
                System.setErr(err);
            }
            return Output.fields("output", printed.toString("UTF-8"),
                "tookMs", System.currentTimeMillis() - startedAt);
        }
    }
}
