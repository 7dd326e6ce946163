using DynamicRcnn.Core;
using DynamicRcnn.Training.Tests.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

public sealed class SharedWindowTests
{
    [Fact]
    public void Ranks_that_read_once_a_window_leave_the_files_of_ranks_that_read_each_step()
    {
        using DrawnRun drawn = new();
        string[] sets = ["run.threads=1", "evaluation.interval=0", "checkpoint.interval=100"];
        ResolvedConfig config = drawn.Config([.. sets, "solver.iterations=6"]);
        foreach (StepReading reading in Enum.GetValues<StepReading>())
        {
            // Ranks that are threads of one process would draw their first weights from one generator.
            drawn.Whole($"{reading}", [.. sets, "solver.iterations=1", "solver.warmupIterations=0"]);
            RankThreads.Run(
                2,
                group =>
                {
                    using TrainingRun run = TrainingRun.Resume(
                        drawn.Folder($"{reading}"),
                        config,
                        drawn.Split("train"),
                        validation: null,
                        group,
                        reading
                    );
                    return run.ToEnd(CancellationToken.None).ToList();
                }
            );
        }
        string steps = $"{StepReading.EachStep}";
        string windows = $"{StepReading.EachWindow}";
        Assert.Equal(DrawnRun.Bits(drawn.Checkpoint(steps, 6)), DrawnRun.Bits(drawn.Checkpoint(windows, 6)));
        Assert.Equal(drawn.Log(steps), drawn.Log(windows));
        Assert.Equal(File.ReadAllBytes(drawn.Statistics(steps)), File.ReadAllBytes(drawn.Statistics(windows)));
    }
}
