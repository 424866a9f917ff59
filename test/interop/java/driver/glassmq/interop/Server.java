/*
 * Runs the main class of an official server on a leash: when standard input ends, because the program that started
 * this one is gone, the JVM is halted. Needs nothing but the JDK, so it runs on every server class path.
 *
 *   java ... glassmq.interop.Server org.apache.rocketmq.broker.BrokerStartup -c broker.conf
 */
package glassmq.interop;

import java.util.Arrays;

public final class Server {
    private Server() {
    }

    public static void main(String[] args) throws Exception {
        Thread leash = new Thread(() -> {
            try {
                while (System.in.read() >= 0) {
                    // Nothing is ever sent; only the end matters.
                }
            } catch (java.io.IOException ended) {
                // The same as the end.
            }
            Runtime.getRuntime().halt(3);
        }, "leash");
        leash.setDaemon(true);
        leash.start();
        String[] rest = Arrays.copyOfRange(args, 1, args.length);
        Class.forName(args[0]).getMethod("main", String[].class).invoke(null, (Object) rest);
    }
}
