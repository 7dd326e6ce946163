using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Train;

public sealed class StartReportTests
{
    [Theory]
    [InlineData("up to iteration 1400, the first of solver.milestones", "run.seed=1")]
    [InlineData("up to iteration 700, the first of solver.milestones", "solver.iterations=1000")]
    [InlineData("which a cosine has no other use for", "solver.rateSchedule=Cosine")]
    [InlineData("in every iteration", "solver.milestones=[]")]
    public void It_says_when_mosaics_end(string words, string set)
    {
        Config config = ConfigText.Resolve(new ConfigSources("r18-small", [], [set], [])).Value.Config;
        string said = StartReport.Mosaics(config.Solver);
        Assert.StartsWith("mosaics: ", said, StringComparison.Ordinal);
        Assert.Contains(words, said, StringComparison.Ordinal);
    }
}
