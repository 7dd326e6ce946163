using DynamicRcnn.Core;
using DynamicRcnn.Data.Tests.Batches;
using Xunit;

namespace DynamicRcnn.Data.Tests.Transforms;

public sealed class TestPassTests
{
    private static Config Official(params string[] sets) =>
        ConfigText.Resolve(new ConfigSources("official-r50-1x", [], sets, [])).Value.Config;

    private static (int Width, int Height, bool Flipped)[] Sizes(Config config, int width, int height) =>
        [
            .. TestPass
                .Of(config.Data, config.Evaluation.Testing)
                .Select(pass => (pass.Size(config.Data.ResizeRule, width, height), pass.Flipped))
                .Select(entry => (entry.Item1.Width, entry.Item1.Height, entry.Flipped)),
        ];

    [Fact]
    public void The_official_testing_takes_twelve_passes_with_the_base_size_first()
    {
        Config config = Official("evaluation.testing.kind=Official");
        Assert.Equal(
            [
                new TestPass(800, 1333, false),
                new TestPass(800, 1333, true),
                new TestPass(800, 2000, false),
                new TestPass(800, 2000, true),
                new TestPass(1000, 2000, false),
                new TestPass(1000, 2000, true),
                new TestPass(1200, 2000, false),
                new TestPass(1200, 2000, true),
                new TestPass(1400, 2000, false),
                new TestPass(1400, 2000, true),
                new TestPass(1600, 2000, false),
                new TestPass(1600, 2000, true),
            ],
            TestPass.Of(config.Data, config.Evaluation.Testing)
        );
    }

    [Fact]
    public void The_twelve_passes_of_an_image_have_the_sizes_of_the_authors_code()
    {
        Config config = Official("evaluation.testing.kind=Official");
        Assert.Equal(
            [
                (1066, 800, false),
                (1066, 800, true),
                (1066, 800, false),
                (1066, 800, true),
                (1333, 1000, false),
                (1333, 1000, true),
                (1600, 1200, false),
                (1600, 1200, true),
                (1866, 1400, false),
                (1866, 1400, true),
                (2000, 1500, false),
                (2000, 1500, true),
            ],
            Sizes(config, 640, 480)
        );
        // A wider image: the base pass is bound by 1333, so it is not the pass of scale 800.
        Assert.Equal(
            [(1333, 750), (1333, 750), (1422, 800), (1422, 800), (1777, 1000), (1777, 1000), (2000, 1125)],
            Sizes(config, 640, 360).Take(7).Select(size => (size.Width, size.Height))
        );
    }

    [Fact]
    public void Averaging_takes_the_scales_alone()
    {
        Config config = Official(
            "evaluation.testing.kind=MMDetection",
            "evaluation.testing.scales=600,800",
            "evaluation.testing.maxSides=1000,1333",
            "evaluation.testing.flip=false"
        );
        Assert.Equal(
            [new TestPass(600, 1000, false), new TestPass(800, 1333, false)],
            TestPass.Of(config.Data, config.Evaluation.Testing)
        );
    }

    [Theory]
    [InlineData("evaluation.testing.kind=None", "evaluation.testing.flip=true")]
    [InlineData("evaluation.testing.kind=Official", "evaluation.testing.scales=")]
    [InlineData("evaluation.testing.kind=MMDetection", "evaluation.testing.scales=")]
    public void Without_scales_and_flip_there_is_one_pass(string kind, string other)
    {
        string[] flip = other.EndsWith("flip=true", StringComparison.Ordinal) ? [] : ["evaluation.testing.flip=false"];
        Config config = Official([kind, other, .. flip]);
        Assert.Equal([TestPass.Base(config.Data)], TestPass.Of(config.Data, config.Evaluation.Testing));
    }

    [Fact]
    public void A_pass_resizes_and_mirrors_the_image_and_its_boxes()
    {
        using TestSource source = new(1);
        Config config = TestSource.Config();
        ImageRecord image = source.Dataset.Images[0];
        RgbImage decoded = ImageCodec.ReadFile(image.Path);
        ImageBatch plain = One(flipped: false);
        ImageBatch flipped = One(flipped: true);
        BatchItem item = flipped.Items[0];
        Assert.True(item.Flipped);
        Assert.Equal((96, 128), (item.Height, item.Width));
        Assert.Equal(plain.Items[0].Boxes[0], item.Width - item.Boxes[2]);
        Assert.Equal(plain.Items[0].Boxes[2], item.Width - item.Boxes[0]);
        float[] plainRow = plain.Normalised()[..item.Width];
        Assert.Equal(plainRow.Reverse(), flipped.Normalised()[..item.Width]);

        ImageBatch One(bool flipped) =>
            BatchSource.One(
                image,
                decoded,
                config.Data,
                config.Model.Backbone,
                config.Model.Conventions,
                new TestPass(96, 128, flipped)
            );
    }
}
