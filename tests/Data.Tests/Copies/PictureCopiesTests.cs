using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Data.Tests.Copies;

/// <summary>Copies are found in another size and compression, and nothing else is.</summary>
public sealed class PictureCopiesTests
{
    private const int Different = 1000;
    private const int OfOneGround = 400;
    private const int Planted = 20;
    private static readonly ImageSize size = new(160, 120);

    [Fact]
    public void Twenty_copies_of_each_kind_are_all_found_and_none_among_a_thousand_different_pictures()
    {
        RgbImage[] pictures = [.. Enumerable.Range(0, Different).Select(Draw)];
        SmallPicture[] small = [.. pictures.Select(SmallPicture.Of)];
        Assert.Equal(Enumerable.Range(0, Different), PictureCopies.Groups(small));
        (string Kind, Func<RgbImage, RgbImage> Copy)[] kinds =
        [
            ("equal", picture => picture),
            ("half the size", picture => Scaled(picture, 0.5)),
            ("a quarter more", picture => Scaled(picture, 1.25)),
            ("twice the size", picture => Scaled(picture, 2)),
            ("JPEG of quality 75", picture => Compressed(picture, 75)),
            ("JPEG of quality 30", picture => Compressed(picture, 30)),
            ("a smaller JPEG", picture => Compressed(Scaled(picture, 0.6), 50)),
        ];
        foreach ((string kind, Func<RgbImage, RgbImage> copy) in kinds)
        {
            int[] places = [.. Enumerable.Range(0, Planted).Select(number => number * (Different / Planted))];
            SmallPicture[] copies = [.. places.Select(place => SmallPicture.Of(copy(pictures[place])))];
            Assert.True(
                places.Index().SequenceEqual(PictureCopies.Between(copies, small)),
                $"{kind}: {string.Join(", ", PictureCopies.Between(copies, small))}"
            );
        }
    }

    [Fact]
    public void Copies_of_copies_are_one_group_and_what_cannot_be_decoded_is_none()
    {
        RgbImage picture = Draw(3);
        SmallPicture?[] pictures =
        [
            SmallPicture.Of(Draw(4)),
            SmallPicture.Of(Scaled(picture, 0.5)),
            null,
            SmallPicture.Of(picture),
            SmallPicture.Of(Compressed(picture, 50)),
            null,
        ];
        Assert.Equal([0, 1, 2, 1, 1, 5], PictureCopies.Groups(pictures));
        Assert.Equal([(1, 0), (3, 0), (4, 0)], PictureCopies.Between(pictures, [SmallPicture.Of(picture), null]));
    }

    [Fact]
    public void A_cut_a_turned_and_a_stretched_picture_are_no_copies()
    {
        RgbImage picture = Draw(3);
        SmallPicture small = SmallPicture.Of(picture);
        byte[] mirrored =
        [
            .. Enumerable.Range(0, 160 * 120).SelectMany(at => Pixel(picture, 159 - (at % 160), at / 160)),
        ];
        Assert.False(small.IsCopyOf(SmallPicture.Of(new RgbImage(160, 120, mirrored))));
        Assert.False(small.IsCopyOf(SmallPicture.Of(picture.Part(0, 0, 120, 90))));
        Assert.False(
            small.IsCopyOf(SmallPicture.Of(Resampler.Resize(picture, new ImageSize(120, 120), ResamplingRule.OpenCV)))
        );

        static byte[] Pixel(RgbImage picture, int x, int y) =>
            [picture[x, y].Red, picture[x, y].Green, picture[x, y].Blue];
    }

    private static RgbImage Scaled(RgbImage picture, double scale) =>
        Resampler.Resize(
            picture,
            new ImageSize((int)(picture.Width * scale), (int)(picture.Height * scale)),
            ResamplingRule.OpenCV
        );

    private static RgbImage Compressed(RgbImage picture, int quality) =>
        ImageCodec.Decode(ImageCodec.EncodeJpeg(picture, quality));

    /// <summary>Rectangles on a ground that is darker at one end. The first are frames of one camera: a small object is elsewhere in each.</summary>
    private static RgbImage Draw(int number)
    {
        byte[] pixels = new byte[size.Width * size.Height * 3];
        Random random = new(number < OfOneGround ? 1 : number);
        int[] ground = [random.Next(60, 190), random.Next(60, 190), random.Next(60, 190)];
        int slope = random.Next(-60, 60);
        for (int at = 0; at < pixels.Length; at++)
        {
            pixels[at] = (byte)(ground[at % 3] + (slope * (at / 3 % size.Width) / size.Width));
        }
        for (int shape = random.Next(4, 9); shape > 0; shape--)
        {
            Fill(
                random.Next(size.Width - 20),
                random.Next(size.Height - 20),
                random.Next(10, 60),
                random.Next(10, 60),
                random.Next(256)
            );
        }
        if (number < OfOneGround)
        {
            Fill(7 * (number % 20), 5 * (number / 20), 20, 16, 255);
            Fill(7 * (number % 20) + 5, 5 * (number / 20) + 4, 10, 8, 0);
        }
        return new RgbImage(size.Width, size.Height, pixels);

        void Fill(int left, int top, int width, int height, int level)
        {
            for (int y = top; y < Math.Min(size.Height, top + height); y++)
            {
                int right = Math.Min(size.Width, left + width);
                pixels.AsSpan(((y * size.Width) + left) * 3, (right - left) * 3).Fill((byte)level);
            }
        }
    }
}
