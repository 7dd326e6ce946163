namespace DynamicRcnn.Data.Demo;

/// <summary>SplitMix64: a small generator whose sequence belongs to this program, not to a version of the runtime.</summary>
/// <remarks>Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.</remarks>
internal sealed class DemoRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong state;

    /// <summary>A generator that is a function of its three numbers alone.</summary>
    public DemoRandom(int seed, int stream, int index)
    {
        state = Mix((ulong)(uint)seed + Golden);
        state = Mix(state ^ (((ulong)(uint)stream << 32) | (uint)index));
    }

    /// <summary>Uniform over [0, 1).</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform over [low, high).</summary>
    public double Between(double low, double high) => low + ((high - low) * Unit());

    /// <summary>Uniform over low, low + 1, ... high.</summary>
    public int Whole(int low, int high) => low + (int)(Unit() * (high - low + 1));

    /// <summary>Mean 0, variance 1, by the sum of four uniform numbers; bounded by 3.5 and cheap.</summary>
    public double Bell()
    {
        ulong bits = Next();
        long sum =
            (long)(bits & 0xFFFF) + (long)((bits >> 16) & 0xFFFF) + (long)((bits >> 32) & 0xFFFF) + (long)(bits >> 48);
        return (sum - (2.0 * 0xFFFF)) / 0xFFFF * Math.Sqrt(3);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private ulong Next()
    {
        state += Golden;
        return Mix(state);
    }
}
