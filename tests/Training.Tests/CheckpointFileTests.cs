using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class CheckpointFileTests
{
    [Fact]
    public void Class_names_may_hold_any_text()
    {
        ClassName[] classes = [new(1, "two\nlines"), new(-7, @"C:\new\\file"), new(3, ""), new(4, " space ")];
        string path = Path.Combine(Path.GetTempPath(), $"drcnn-{Guid.NewGuid():N}.safetensors");
        try
        {
            using TinyRun run = new(TestConfig.Tiny());
            Checkpoint written = new(run.State, classes, ConfigJson: "");
            CheckpointFile.Save(path, run.Detector, run.Optimizer, average: null, written);
            Assert.Equal(classes, CheckpointFile.Read(path).Classes);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
