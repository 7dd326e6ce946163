using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class CheckpointFileTests
{
    [Theory]
    [InlineData("model.rpn.conv.weight")]
    [InlineData("momentum.rpn.conv.weight")]
    public void A_changed_bit_of_a_tensor_is_found_before_the_file_is_used(string tensor)
    {
        string path = Path.Combine(Path.GetTempPath(), $"drcnn-{Guid.NewGuid():N}.safetensors");
        try
        {
            using TinyRun run = new(TestConfig.Tiny());
            Checkpoint written = new(run.State, [new ClassName(1, "cell")], ConfigJson: "");
            CheckpointFile.Save(path, run.Detector, run.Optimizer.Momentum, average: null, written);
            CheckpointFile.Read(path);
            TensorFile file = SafetensorsFile.Read(path);
            StoredTensor sound = file.Tensors[tensor];
            byte[] bits = sound.Data.ToArray();
            bits[5] ^= 1;
            Dictionary<string, StoredTensor> tensors = new(file.Tensors) { [tensor] = sound with { Data = bits } };
            SafetensorsFile.Write(path, file with { Tensors = tensors });
            RunException refusal = Assert.Throws<RunException>(() => CheckpointFile.Read(path));
            Assert.Contains($"{path} is damaged", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(RunFault.Input, refusal.Fault);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Class_names_may_hold_any_text()
    {
        ClassName[] classes = [new(1, "two\nlines"), new(-7, @"C:\new\\file"), new(3, ""), new(4, " space ")];
        string path = Path.Combine(Path.GetTempPath(), $"drcnn-{Guid.NewGuid():N}.safetensors");
        try
        {
            using TinyRun run = new(TestConfig.Tiny());
            Checkpoint written = new(run.State, classes, ConfigJson: "");
            CheckpointFile.Save(path, run.Detector, run.Optimizer.Momentum, average: null, written);
            Assert.Equal(classes, CheckpointFile.Read(path).Classes);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
