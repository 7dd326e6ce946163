namespace DynamicRcnn.Model.Tests.Operators;

public sealed class RandomKeysTests
{
    private static uint[] Philox(uint[] counter, uint key0, uint key1)
    {
        uint[] c = (uint[])counter.Clone();
        for (int round = 0; round < 10; round++)
        {
            ulong first = 0xD2511F53UL * c[0];
            ulong second = 0xCD9E8D57UL * c[2];
            c = [(uint)(second >> 32) ^ c[1] ^ key0, (uint)second, (uint)(first >> 32) ^ c[3] ^ key1, (uint)first];
            unchecked
            {
                key0 += 0x9E3779B9;
                key1 += 0xBB67AE85;
            }
        }
        return c;
    }

    private static long[] Keys(long image, long seed, long iteration, long purpose, long count)
    {
        using DisposeScope scope = NewDisposeScope();
        return ops.to_array<long>(ops.random_keys(Given.Longs(image), seed, Given.Longs(iteration), purpose, count));
    }

    // The known answers that come with Random123: zeros, and the digits of pi. The second fixes this test's own copy.
    [Fact]
    public void Philox_gives_its_known_answers()
    {
        uint[] zeros = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
        Assert.Equal(zeros.Select((word, j) => ((long)(word >> 1) << 32) | (long)j), Keys(0, 0, 0, 0, 4));
        Assert.Equal(
            [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
            Philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 0xa4093822, 0x299f31d0)
        );
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(285, 42, 17, 3)]
    [InlineData(long.MaxValue, long.MinValue, uint.MaxValue, 255)]
    [InlineData(-1, -1, 1, 1)]
    [InlineData(0x0370734413198a2e, 0x299f31d0a4093822, 0x85a308d3, 0x24)]
    public void The_counter_is_laid_out_as_documented(long image, long seed, long iteration, long purpose)
    {
        long[] keys = Keys(image, seed, iteration, purpose, 4099);
        Assert.Equal(4099, keys.Length);
        for (int j = 0; j < keys.Length; j++)
        {
            uint[] counter =
            [
                (uint)(j / 4) | ((uint)purpose << 24),
                (uint)iteration,
                unchecked((uint)image),
                unchecked((uint)((ulong)image >> 32)),
            ];
            uint word = Philox(counter, unchecked((uint)seed), unchecked((uint)((ulong)seed >> 32)))[j % 4];
            Assert.Equal(((long)(word >> 1) << 32) | (long)j, keys[j]);
        }
    }

    [Fact]
    public void Keys_are_unique_in_a_row_and_not_negative()
    {
        long[] keys = Keys(7, 1, 2, 3, 20_000);
        Assert.Equal(keys.Length, keys.Distinct().Count());
        Assert.All(keys, key => Assert.True(key >= 0));
    }

    [Fact]
    public void Each_argument_changes_the_keys_and_the_other_images_do_not()
    {
        long[][] rows =
        [
            Keys(1, 1, 1, 1, 8),
            Keys(2, 1, 1, 1, 8),
            Keys(1, 2, 1, 1, 8),
            Keys(1, 1, 2, 1, 8),
            Keys(1, 1, 1, 2, 8),
        ];
        Assert.Equal(rows.Length * 8, rows.SelectMany(row => row).Distinct().Count());
        using DisposeScope scope = NewDisposeScope();
        long[] together = ops.to_array<long>(ops.random_keys(Given.Longs(9, 2, 1), 1, Given.Longs(1), 1, 8));
        Assert.Equal(rows[1], together[8..16]);
        Assert.Equal(rows[0], together[16..]);
        Assert.Equal(rows[0], Keys(1, 1, 1, 1, 100)[..8]);
    }

    [Fact]
    public void Sorting_by_the_keys_is_fair()
    {
        // Each of 20 columns comes first in about 1 of 20 rows: 4 standard deviations of 4000 draws are 55.
        int[] wins = new int[20];
        for (int image = 0; image < 4000; image++)
        {
            long[] keys = Keys(image, 3, 0, 0, 20);
            wins[Array.IndexOf(keys, keys.Min())]++;
        }
        Assert.All(wins, count => Assert.InRange(count, 145, 255));
    }

    [Fact]
    public void Nothing_to_draw_gives_an_empty_result()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal([0L, 4], ops.random_keys(Given.Longs(), 0, Given.Longs(0), 0, 4).shape);
        Assert.Equal([2L, 0], ops.random_keys(Given.Longs(1, 2), 0, Given.Longs(0), 0, 0).shape);
    }

    [Theory]
    [InlineData(-1, 0, 4, "iteration must be from 0 to 4294967295, got -1")]
    [InlineData(1L << 32, 0, 4, "iteration must be from 0 to 4294967295, got 4294967296")]
    [InlineData(0, 256, 4, "purpose must be from 0 to 255, got 256")]
    [InlineData(0, 0, -1, "count must be from 0 to 67108864, got -1")]
    [InlineData(0, 0, 1L << 40, "count must be from 0 to 67108864, got 1099511627776")]
    public void Refusals_name_the_argument_and_what_it_was(long iteration, long purpose, long count, string text) =>
        Assert.Contains(
            text,
            Assert.Throws<ArgumentException>(() => Keys(0, 0, iteration, purpose, count)).Message,
            StringComparison.Ordinal
        );
}
