using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

/// <summary>What the two profiles make of the same annotations. Every test fails when they are swapped.</summary>
public static class ProfileBatchTests
{
    private const string Official = "official-r50-1x";
    private const string MMDetection = "mmdet-r50-1x";

    /// <summary>The profile at the size of a picture, its flips certain or off.</summary>
    private static Config Profile(string preset, bool flip) =>
        ConfigText
            .Resolve(
                new ConfigSources(
                    preset,
                    [],
                    ["data.shortSides=48", "data.maxSide=64", $"data.flipProbability={(flip ? 1 : 0)}"],
                    []
                )
            )
            .Value.Config;

    private static BatchMaker Maker(string preset, bool flip = false)
    {
        Config config = Profile(preset, flip);
        return new BatchMaker(config.Data, config.Model.Backbone, config.Model.Conventions, seed: 1);
    }

    private static GroundTruthBox Box(float width, float height, bool crowd = false) =>
        new(4, 6, 4 + width, 6 + height, Label: 0, crowd, width * height, AnnotationId: 1);

    private static ImageRecord Image(params GroundTruthBox[] boxes) =>
        new(1, "", "", TestSource.Width, TestSource.Height, boxes);

    [Theory]
    [InlineData(Official, false, new float[] { 4, 6, 13, 25 })]
    [InlineData(Official, true, new float[] { 50, 6, 59, 25 })]
    [InlineData(MMDetection, false, new float[] { 4, 6, 14, 26 })]
    [InlineData(MMDetection, true, new float[] { 50, 6, 60, 26 })]
    public static void The_authors_corners_are_pixels_and_MMDetections_are_borders_mirrored_too(
        string preset,
        bool flip,
        float[] corners
    )
    {
        RgbImage pixels = TestSource.Picture(1);
        Assert.Equal(corners, Maker(preset, flip).ForTraining(Image(Box(10, 20)), pixels, 1).Item.Boxes);
    }

    [Theory]
    [InlineData(0.5f, false, false)]
    [InlineData(1f, false, true)]
    [InlineData(1.5f, true, true)]
    public static void A_box_trains_from_a_pixel_on_in_MMDetection_and_beyond_one_in_the_authors_code(
        float width,
        bool official,
        bool port
    )
    {
        Assert.Equal(official, Maker(Official).Trains(Box(width, 20)));
        Assert.Equal(port, Maker(MMDetection).Trains(Box(width, 20)));
    }

    [Fact]
    public static void A_crowd_keeps_its_image_and_does_not_train()
    {
        foreach (string preset in new[] { Official, MMDetection })
        {
            Assert.True(Maker(preset).KeepsImage(Box(10, 10, crowd: true)));
            Assert.False(Maker(preset).Trains(Box(10, 10, crowd: true)));
        }
        Config own = Profile("r50-fpn", flip: false);
        BatchMaker maker = new(own.Data, own.Model.Backbone, own.Model.Conventions, seed: 1);
        Assert.False(maker.KeepsImage(Box(10, 10, crowd: true)));
    }

    [Fact]
    public static void A_box_of_a_pixel_keeps_its_image_in_MMDetection_alone()
    {
        Assert.False(Maker(Official).KeepsImage(Box(1, 20)));
        Assert.True(Maker(MMDetection).KeepsImage(Box(1, 20)));
    }

    [Fact]
    public static void Images_of_less_than_32_pixels_are_left_out_by_MMDetection_alone()
    {
        Assert.Equal(0, Profile(Official, flip: false).Data.MinimumImageSide);
        Assert.Equal(32, Profile(MMDetection, flip: false).Data.MinimumImageSide);
    }

    [Theory]
    [InlineData(Official, 1066)]
    [InlineData(MMDetection, 1067)]
    public static void The_long_side_is_truncated_by_the_authors_and_rounded_by_MMDetection(string preset, int width)
    {
        DataConfig data = Presets.TryFind(preset).ResultValue.Config.Data;
        ImageSize size = TargetSize.Of(data.ResizeRule, 640, 480, data.ShortSides[0], data.MaxSide);
        Assert.Equal(new ImageSize(width, 800), size);
    }

    [Theory]
    [InlineData(Official, 30 - 102.9801f)]
    [InlineData(MMDetection, (10 - 123.675f) / 58.395f)]
    public static void The_first_plane_is_blue_less_its_mean_or_normalised_red(string preset, float expected)
    {
        RgbImage pixels = new(1, 1, [10, 20, 30]);
        float[] planes = new float[3];
        new Normaliser(Presets.TryFind(preset).ResultValue.Config.Model.Backbone).Write(pixels, false, planes, 1, 1);
        Assert.Equal(expected, planes[0], 1e-5f);
    }
}
