namespace DynamicRcnn.Model.Tests.Operators;

/// <summary>What an operator computes does not depend on how many threads compute it.</summary>
internal static class ThreadCounts
{
    /// <summary>Compares what is computed with one thread and with up to as many.</summary>
    internal static void GiveTheSameBits(int most, Func<byte[][]> compute)
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            byte[][] one = compute();
            for (int threads = 2; threads <= most; threads++)
            {
                set_num_threads(threads);
                Assert.Equal(one, compute());
            }
        }
        finally
        {
            set_num_threads(before);
        }
    }
}
