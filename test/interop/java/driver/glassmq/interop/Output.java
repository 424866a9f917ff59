/* The events on standard output, one JSON object per line; lines of different threads never mix. */
package glassmq.interop;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;

final class Output {
    private final PrintStream stream;

    Output(PrintStream stream) {
        this.stream = stream;
    }

    static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    void event(int id, String event, Object... namesAndValues) {
        event(id, event, fields(namesAndValues));
    }

    void event(int id, String event, Map<String, Object> more) {
        Map<String, Object> line = fields("id", id, "event", event);
        line.putAll(more);
        byte[] bytes = (RemotingSerializable.toJson(line, false) + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (stream) {
            stream.write(bytes, 0, bytes.length);
            stream.flush();
        }
    }

    void failed(int id, Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        event(id, "failed", "message", String.valueOf(failure), "trace", trace.toString());
    }
}
