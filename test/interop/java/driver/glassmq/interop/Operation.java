/* One thing the driver can do; the map it returns becomes the `done` event. */
package glassmq.interop;

import java.util.Map;

interface Operation {
    Map<String, Object> run(Command command, Output output) throws Exception;
}
