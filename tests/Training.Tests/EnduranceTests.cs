using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Training.Tests;

/// <summary>What must hold for as long as a run lasts: a little of it here, and as much as `dotnet fsi build.fsx endure` asks for there.</summary>
public sealed class EnduranceTests(ITestOutputHelper output)
{
    private const long MostGrowth = 50_000_000;

    /// <summary>The schedule moves at the tenth, and two steps are made with what it moved to.</summary>
    private const int FewSteps = 12;

    /// <summary>Resident memory is held to its bound from so many steps on.</summary>
    private const int ManySteps = 1000;

    /// <summary>Memory counts as growth after so many steps of many; before, allocators and the compiler still take what they need.</summary>
    private const int SettledAfter = 200;

    [Fact]
    public void The_same_seed_gives_the_same_losses_and_the_same_bits_step_after_step_with_two_threads()
    {
        int steps = Count("DRCNN_DETERMINISM_STEPS", FewSteps);
        Config config = TestConfig.Tiny(iterations: steps);
        Assert.Equal(2, config.Run.Threads);
        (List<string> Losses, Dictionary<string, byte[]> Bits)[] runs =
        [
            Trained(config, steps),
            Trained(config, steps),
        ];
        Assert.Equal(steps, runs[0].Losses.Count);
        Assert.Equal(runs[0].Losses, runs[1].Losses);
        Assert.Equal(runs[0].Bits, runs[1].Bits);
        output.WriteLine($"two runs of {steps} steps with 2 threads: {steps} equal losses, 0 differing bits");
    }

    [Fact]
    public void Memory_and_live_tensors_stay_as_they_are_after_the_first_steps()
    {
        int steps = Count("DRCNN_LEAK_STEPS", 60);
        int settled = Math.Min(SettledAfter, steps / 3);
        using TinyRun run = new(TestConfig.Tiny(iterations: steps, shortSides: [32], imagesPerStep: 1));
        run.Until(settled);
        long resident = Environment.WorkingSet;
        long tensors = TensorCount.Settled();
        for (int until = settled; until < steps; )
        {
            until = Math.Min(until + 100, steps);
            run.Until(until);
            Assert.Equal(tensors, ops.live_tensors);
        }
        long growth = Environment.WorkingSet - resident;
        output.WriteLine(
            $"{steps} steps: {tensors} live tensors throughout, resident memory {resident / 1e6:F0} MB after step {settled}, {growth / 1e6:+0.0;-0.0} MB since"
        );
        // Over a hundred steps what the runtime and the allocator take at any time is more than a leak would be.
        Assert.True(steps < ManySteps || growth <= MostGrowth, $"{growth} bytes");
    }

    private static (List<string> Losses, Dictionary<string, byte[]> Bits) Trained(Config config, int steps)
    {
        using TinyRun run = new(config);
        List<string> losses = [.. run.Until(steps).Select(report => $"{report.Losses} {report.GradientNorm:R}")];
        return (losses, run.Bits());
    }

    private static int Count(string variable, int few) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : few;
}
