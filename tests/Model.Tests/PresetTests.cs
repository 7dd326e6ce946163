namespace DynamicRcnn.Model.Tests;

public static class PresetTests
{
    /// <summary>The first preset of each model; longer runs and baselines share it.</summary>
    public static TheoryData<string> Models =>
        [.. ConfigApi.Presets.DistinctBy(preset => preset.Config.Model).Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Models))]
    public static void Every_preset_builds_and_learns_from_small_images_on_a_CPU(string preset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Config config = ConfigApi.FindPreset(preset).Value.Config;
        torch.manual_seed(1);
        using Detector detector = new(config.Model, DetectorBatch.ClassCount);
        Losses losses = DetectorBatch.Make().Train(detector, config.Dynamic).Losses;
        losses.Total.backward();
        Assert.True(float.IsFinite(losses.Total.item<float>()));
        foreach ((string name, Parameter parameter) in detector.named_parameters())
        {
            if (parameter.requires_grad)
                Assert.True(parameter.grad is not null, name);
        }
    }
}
