using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Assignment;

public static class SamplerTests
{
    private const int Candidates = 1000;
    private const int Count = 64;

    private static SamplingSeed Seed => new(7, 3);

    private static Sample Draw(
        int positives,
        int negatives,
        SamplingSeed seed,
        long imageId = 5,
        SamplingOrder? order = null
    )
    {
        Sampler sampler = new(
            Count,
            0.25,
            SamplingPurpose.RoIPositives,
            SamplingPurpose.RoINegatives,
            order ?? SamplingOrder.Drawn
        );
        bool[] positive = [.. Enumerable.Range(0, Candidates).Select(index => index < positives)];
        bool[] negative =
        [
            .. Enumerable.Range(0, Candidates).Select(index => index >= positives && index < positives + negatives),
        ];
        return sampler.Draw(
            Bools([1, Candidates], positive),
            Bools([1, Candidates], negative),
            Longs([1], imageId),
            seed
        );
    }

    [Theory]
    [InlineData(500, 500, 16, 48)]
    [InlineData(5, 900, 5, 59)]
    [InlineData(0, 900, 0, 64)]
    [InlineData(500, 7, 16, 7)]
    [InlineData(0, 0, 0, 0)]
    public static void Positives_up_to_their_share_then_negatives_up_to_the_count(
        int positives,
        int negatives,
        int drawnPositives,
        int drawnNegatives
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Sample sample = Draw(positives, negatives, Seed);
        Assert.Equal([1, Count], sample.Indices.shape);
        bool[] positive = ReadBools(sample.Positive);
        bool[] valid = ReadBools(sample.Valid);
        Assert.Equal(drawnPositives, positive.Count(drawn => drawn));
        Assert.Equal(drawnPositives + drawnNegatives, valid.Count(drawn => drawn));
        long[] indices = ReadLongs(sample.Indices);
        List<long> drawn = [.. indices.Where((_, slot) => valid[slot])];
        Assert.Equal(drawn.Count, drawn.Distinct().Count());
        Assert.All(
            Enumerable.Range(0, Count).Where(slot => valid[slot]),
            slot => Assert.Equal(positive[slot], indices[slot] < positives)
        );
        Assert.All(indices, index => Assert.InRange(index, 0, Candidates - 1));
    }

    [Fact]
    public static void The_authors_code_keeps_the_candidates_order_and_MMDetection_puts_positives_first()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        bool[] positive = [.. Enumerable.Range(0, Candidates).Select(index => index % 3 == 0)];
        Tensor positives = Bools([1, Candidates], positive);
        Sample Ordered(Conventions conventions) =>
            new Sampler(
                Count,
                0.25,
                SamplingPurpose.RoIPositives,
                SamplingPurpose.RoINegatives,
                conventions.SamplingOrder
            ).Draw(positives, positives.logical_not(), Longs([1], 5), Seed);

        Sample official = Ordered(TestConfig.Official);
        long[] indices = ReadLongs(official.Indices);
        Assert.Equal(indices.Order(), indices);
        Assert.Equal([.. indices.Select(index => positive[index])], ReadBools(official.Positive));

        Sample port = Ordered(TestConfig.MMDetection);
        Assert.Equal([.. Enumerable.Range(0, Count).Select(slot => slot < Count / 4)], ReadBools(port.Positive));
        long[] theirs = ReadLongs(port.Indices);
        Assert.Equal(theirs[..(Count / 4)].Order(), theirs[..(Count / 4)]);
        Assert.Equal(theirs[(Count / 4)..].Order(), theirs[(Count / 4)..]);
        Assert.Equal(indices, theirs.Order()); // the same draw
    }

    [Fact]
    public static void Rows_that_are_not_valid_stay_last_in_every_order()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (SamplingOrder order in new[] { SamplingOrder.PositivesFirst, SamplingOrder.Candidates })
        {
            Sample sample = Draw(5, 7, Seed, order: order);
            Assert.Equal([.. Enumerable.Range(0, Count).Select(slot => slot < 12)], ReadBools(sample.Valid));
        }
    }

    [Fact]
    public static void A_draw_repeats_and_changes_with_iteration_seed_and_image()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        long[] first = ReadLongs(Draw(300, 700, Seed).Indices);
        Assert.Equal(first, ReadLongs(Draw(300, 700, Seed).Indices));
        Assert.NotEqual(first, ReadLongs(Draw(300, 700, new SamplingSeed(7, 4)).Indices));
        Assert.NotEqual(first, ReadLongs(Draw(300, 700, Seed with { Seed = 8 }).Indices));
        Assert.NotEqual(first, ReadLongs(Draw(300, 700, Seed, imageId: 6).Indices));
    }

    [Fact]
    public static void An_image_draws_the_same_alone_and_in_a_batch()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Sampler sampler = new(8, 0.5, SamplingPurpose.RpnPositives, SamplingPurpose.RpnNegatives, SamplingOrder.Drawn);
        Random random = new(4);
        bool[] positive = [.. Enumerable.Range(0, 200).Select(_ => random.Next(4) == 0)];
        Tensor both = Bools([2, 100], positive);
        Sample batch = sampler.Draw(both, both.logical_not(), Longs([2], 11, 12), Seed);
        Tensor second = both.narrow(0, 1, 1);
        Sample alone = sampler.Draw(second, second.logical_not(), Longs([1], 12), Seed);
        Assert.Equal(ReadLongs(batch.Indices)[8..], ReadLongs(alone.Indices));
    }

    [Fact]
    public static void Every_candidate_is_drawn_about_as_often_as_the_others()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        int[] times = new int[Candidates];
        for (int iteration = 0; iteration < 100; iteration++)
        {
            using DisposeScope step = torch.NewDisposeScope();
            foreach (long index in ReadLongs(Draw(0, Candidates, new SamplingSeed(1, iteration)).Indices))
                times[index]++;
        }
        // Binomial(100, 0.064): mean 6.4, standard deviation 2.4. Beyond 20 has probability 1e-6.
        Assert.InRange(times.Max(), 10, 20);
        Assert.InRange(times.Count(count => count == 0), 0, 12); // 0.936^100 = 0.0013 of 1000
    }

    [Fact]
    public static void Fewer_candidates_than_samples_leave_rows_that_are_not_valid()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Sampler sampler = new(8, 0.5, SamplingPurpose.RpnPositives, SamplingPurpose.RpnNegatives, SamplingOrder.Drawn);
        Tensor positive = Bools([1, 3], true, false, false);
        Sample sample = sampler.Draw(positive, positive.logical_not(), Longs([1], 1), Seed);
        Assert.Equal([true, true, true, false, false, false, false, false], ReadBools(sample.Valid));
        Assert.Equal(0, ReadLongs(sample.Indices)[0]);
    }
}
