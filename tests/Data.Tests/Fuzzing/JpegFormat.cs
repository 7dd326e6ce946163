using DynamicRcnn.Data.Tests.Images;
using DynamicRcnn.Tests.Fuzzing;

namespace DynamicRcnn.Data.Tests.Fuzzing;

/// <summary>
/// Damaged JPEG files: baseline, progressive, grey, three and four components. Most are damaged inside one segment, whose length stays right, or in the
/// entropy-coded data behind the last one; the rest as bytes.
/// </summary>
internal static class JpegFormat
{
    private const byte StartOfScan = 0xDA;

    /// <summary>24 x 16 pixels, progressive, with optimised tables (libjpeg-turbo by way of Pillow).</summary>
    internal const string Progressive =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06k"
        + "bl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wgARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAwQA/8QAFgEB"
        + "AQEAAAAAAAAAAAAAAAAAAgAE/9oADAMBAAIQAxAAAAGJHUGfWa0//8QAGBABAAMBAAAAAAAAAAAAAAAAAAECEhH/2gAIAQEAAQUCyyyiqKuP/8QAFxEAAwEAAAAAAAAAAAAAAAAA"
        + "AAEDAv/aAAgBAwEBPwHNBUP/xAAYEQACAwAAAAAAAAAAAAAAAAAAAQIRIf/aAAgBAgEBPwFaXFH/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAY/Al//xAAXEAEBAQEAAAAAAAAA"
        + "AAAAAAABABAR/9oACAEBAAE/ISENgc3/2gAMAwEAAgADAAAAEPPv/8QAFhEBAQEAAAAAAAAAAAAAAAAAAAER/9oACAEDAQE/EFbH/8QAFhEBAQEAAAAAAAAAAAAAAAAAAQAR/9oACAEC"
        + "AQE/EHFWLf/EABgQAQEBAQEAAAAAAAAAAAAAAABhAREh/9oACAEBAAE/EJJpIIsfHO6//9k=";

    private static readonly Mutator mutator = new([
        [0xFF],
        [0xFF, 0xD9],
        [0xFF, 0xD0],
        [0xFF, 0xDD, 0, 4, 0, 1],
        [0xFF, StartOfScan, 0, 8, 1, 1, 0, 0, 63, 0],
        [0],
    ]);

    private static readonly byte[][] seeds =
    [
        JpegBytes.Uniform([90], adobeTransform: null),
        JpegBytes.Uniform([90, 120, 140], adobeTransform: null),
        JpegBytes.Uniform([90, 120, 140, 30], adobeTransform: 2),
        ImageCodec.EncodeJpeg(TestPictures.Gradient(24, 16), quality: 60),
        Convert.FromBase64String(Progressive),
        Convert.FromBase64String(Progressive),
    ];

    internal static byte[] Damaged(Random random)
    {
        byte[] seed = seeds[random.Next(seeds.Length)];
        if (random.Next(5) == 0)
        {
            return mutator.Mutated(seed, random);
        }
        List<(int From, int To)> parts = [.. Parts(seed)];
        (int from, int to) = parts[random.Next(parts.Count)];
        byte[] damaged = mutator.Mutated(seed[from..to], random);
        return random.Next(3) switch
        {
            // The length of the segment stays what it says.
            0 =>
            [
                .. seed[..from],
                .. damaged.Take(to - from),
                .. seed[Math.Min(to, from + damaged.Length)..to],
                .. seed[to..],
            ],
            1 => [.. seed[..from], .. damaged, .. seed[to..]],
            _ => Flipped(seed, from, to, random),
        };
    }

    private static byte[] Flipped(byte[] seed, int from, int to, Random random)
    {
        byte[] damaged = [.. seed];
        for (int flip = random.Next(6); flip >= 0; flip--)
        {
            damaged[random.Next(from, to)] = (byte)random.Next(256);
        }
        return damaged;
    }

    /// <summary>The bodies of the segments, without their lengths, and the data behind each scan's header.</summary>
    private static IEnumerable<(int From, int To)> Parts(byte[] file)
    {
        for (int at = 2; at + 4 <= file.Length && file[at] == 0xFF && file[at + 1] != 0xD9; )
        {
            int end = at + 2 + ((file[at + 2] << 8) | file[at + 3]);
            yield return (at + 4, end);
            if (file[at + 1] == StartOfScan)
            {
                int data = end;
                while (end + 1 < file.Length && (file[end] != 0xFF || file[end + 1] == 0))
                {
                    end++;
                }
                yield return (data, end);
            }
            at = end;
        }
    }
}
