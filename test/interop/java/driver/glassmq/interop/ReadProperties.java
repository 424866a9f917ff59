/*
 * `readProperties`: reads each of `texts` by java.util.Properties, as RocketMQ reads broker.conf. `done` has `results`, one
 * for each text: its entries, or `refused`.
 */
package glassmq.interop;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

final class ReadProperties implements Operation {
    @Override
    public Map<String, Object> run(Command command, Output output) throws Exception {
        List<Object> results = new ArrayList<>();
        for (String text : command.texts("texts")) {
            Properties properties = new Properties();
            try {
                properties.load(new StringReader(text));
            } catch (IllegalArgumentException malformed) {
                results.add(Output.fields("refused", true));
                continue;
            }
            Map<String, Object> entries = new LinkedHashMap<>();
            for (String name : properties.stringPropertyNames()) {
                entries.put(name, properties.getProperty(name));
            }
            results.add(Output.fields("entries", entries));
        }
        return Output.fields("results", results);
    }
}
