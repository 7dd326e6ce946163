using DynamicRcnn.Core;
using DynamicRcnn.Data.Tests.Batches;
using DynamicRcnn.Data.Tests.Images;
using Xunit;

namespace DynamicRcnn.Data.Tests.Transforms;

public sealed class PhotometricTests
{
    [Fact]
    public void Factors_of_one_give_the_image_itself()
    {
        RgbImage image = TestPictures.Gradient(5, 4);
        Assert.Same(image, Photometric.Apply(image, new PhotometricFactors(1, 1, 1)));
    }

    [Theory]
    [InlineData(1.5, new byte[] { 0, 5, 150, 255, 255, 15 })]
    [InlineData(0.5, new byte[] { 0, 2, 50, 100, 128, 5 })]
    public void Brightness_multiplies_rounds_and_clamps(double factor, byte[] expected)
    {
        byte[] pixels = [0, 3, 100, 200, 255, 10];
        Assert.Equal(expected, Photometric.Apply(new RgbImage(2, 1, pixels), new(factor, 1, 1)).Pixels);
        Assert.Equal([0, 3, 100, 200, 255, 10], pixels);
    }

    [Fact]
    public void Contrast_blends_with_the_images_mean_grey()
    {
        // The mean grey is 0.299 * 255 / 2 = 38.1.
        RgbImage image = new(2, 1, [255, 0, 0, 0, 0, 0]);
        Assert.Equal([147, 19, 19, 19, 19, 19], Photometric.Apply(image, new(1, 0.5, 1)).Pixels);
        Assert.Equal([255, 0, 0, 0, 0, 0], Photometric.Apply(image, new(1, 1.5, 1)).Pixels);
    }

    [Fact]
    public void Contrast_takes_the_mean_after_brightness()
    {
        // (0.299 + 0.114) * 255 / 2 = 52.7, halved 26.3.
        RgbImage image = new(2, 1, [255, 0, 0, 0, 0, 255]);
        Assert.All(Photometric.Apply(image, new(1, 0, 1)).Pixels, level => Assert.Equal(53, level));
        Assert.All(Photometric.Apply(image, new(0.5, 0, 1)).Pixels, level => Assert.Equal(26, level));
    }

    [Fact]
    public void Saturation_zero_gives_each_pixels_grey()
    {
        RgbImage image = new(4, 1, [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30]);
        Assert.Equal(
            [76, 76, 76, 150, 150, 150, 29, 29, 29, 18, 18, 18],
            Photometric.Apply(image, new(1, 1, 0)).Pixels
        );
    }

    [Fact]
    public void Saturation_leads_away_from_grey_and_clamps()
    {
        // The grey is 129.9.
        RgbImage image = new(1, 1, [200, 100, 100]);
        Assert.Equal([255, 70, 70], Photometric.Apply(image, new(1, 1, 2)).Pixels);
        Assert.Equal([165, 115, 115], Photometric.Apply(image, new(1, 1, 0.5)).Pixels);
    }

    [Fact]
    public void Saturation_leaves_every_grey_as_it_is()
    {
        byte[] greys = [.. Enumerable.Range(0, 256).SelectMany(level => Enumerable.Repeat((byte)level, 3))];
        Assert.Equal(greys, Photometric.Apply(new RgbImage(256, 1, greys), new(1, 1, 1.7)).Pixels);
    }

    [Fact]
    public void A_strength_of_zero_draws_one_and_the_others_stay_between_their_bounds()
    {
        DataConfig data = TestSource.Config("data.brightness=0.4", "data.saturation=0.2").Data;
        PhotometricFactors[] drawn =
        [
            .. Enumerable.Range(1, 500).Select(iteration => PhotometricFactors.Draw(data, 3, iteration, imageId: 7)),
        ];
        Assert.All(drawn, factors => Assert.Equal(1, factors.Contrast));
        Assert.All(drawn, factors => Assert.InRange(factors.Brightness, 0.6, 1.4));
        Assert.All(drawn, factors => Assert.InRange(factors.Saturation, 0.8, 1.2));
        // Of 500 uniform numbers some lie in the outer twentieth of each side: the chance that none does is 1e-11.
        Assert.Contains(drawn, factors => factors.Brightness < 0.64);
        Assert.Contains(drawn, factors => factors.Brightness > 1.36);
        Assert.Equal(1, drawn.Average(factors => factors.Brightness), 0.05); // five standard errors of 0.01
    }

    [Fact]
    public void Factors_depend_on_seed_iteration_image_and_their_own_purpose()
    {
        DataConfig data = TestSource.Config("data.brightness=0.4", "data.contrast=0.4", "data.saturation=0.4").Data;
        PhotometricFactors first = PhotometricFactors.Draw(data, 1, 2, 3);
        Assert.Equal(first, PhotometricFactors.Draw(data, 1, 2, 3));
        Assert.NotEqual(first, PhotometricFactors.Draw(data, 2, 2, 3));
        Assert.NotEqual(first, PhotometricFactors.Draw(data, 1, 3, 3));
        Assert.NotEqual(first, PhotometricFactors.Draw(data, 1, 2, 4));
        Assert.Distinct([first.Brightness, first.Contrast, first.Saturation]);
    }
}
