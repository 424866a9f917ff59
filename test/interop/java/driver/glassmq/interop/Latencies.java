/*
 * A histogram of latencies: 32 buckets per power of two of microseconds, so a quantile is at most about 3 % too high,
 * in constant memory however many values are added.
 */
package glassmq.interop;

import java.util.concurrent.atomic.AtomicLongArray;

final class Latencies {
    private static final int PER_DOUBLING = 32;
    private final AtomicLongArray counts = new AtomicLongArray(PER_DOUBLING * 60);

    void addNanos(long nanos) {
        counts.incrementAndGet(bucket(Math.max(0, nanos / 1000)));
    }

    private static int bucket(long micros) {
        if (micros < PER_DOUBLING) {
            return (int) micros;
        }
        int doubling = 63 - Long.numberOfLeadingZeros(micros) - 5;
        return PER_DOUBLING * doubling + (int) (micros >> doubling);
    }

    private static long upperMicros(int bucket) {
        if (bucket < 2 * PER_DOUBLING) {
            return bucket;
        }
        int doubling = bucket / PER_DOUBLING - 1;
        return ((long) (bucket - PER_DOUBLING * doubling) + 1) << doubling;
    }

    long count() {
        long sum = 0;
        for (int i = 0; i < counts.length(); i++) {
            sum += counts.get(i);
        }
        return sum;
    }

    /** Milliseconds below which the given share (0 to 1) of all values lies; 0 when there are none. */
    double quantileMs(double share) {
        long wanted = (long) Math.ceil(share * count());
        long seen = 0;
        for (int i = 0; i < counts.length(); i++) {
            seen += counts.get(i);
            if (seen >= wanted && seen > 0) {
                return upperMicros(i) / 1000.0;
            }
        }
        return 0;
    }
}
