using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>What one process found in one image, for the process that makes the figures.</summary>
/// <param name="Place">Of the image in the data set.</param>
/// <param name="Found">In the detector's order.</param>
/// <param name="Losses">Null: not asked for, or none.</param>
/// <param name="Finding">Why the image is left out; null: it is not.</param>
internal sealed record MeasuredImage(int Place, DetectedObject[] Found, StepLosses? Losses, Finding? Finding)
{
    /// <summary>Images as bytes that <see cref="Read(byte[])"/> reads.</summary>
    internal static byte[] Write(IReadOnlyCollection<MeasuredImage> images)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(images.Count);
        foreach (MeasuredImage image in images)
        {
            image.Write(writer);
        }
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>The images of such bytes.</summary>
    internal static MeasuredImage[] Read(byte[] bytes)
    {
        using MemoryStream stream = new(bytes);
        using BinaryReader reader = new(stream);
        MeasuredImage[] images = new MeasuredImage[reader.ReadInt32()];
        for (int i = 0; i < images.Length; i++)
        {
            images[i] = Read(reader);
        }
        return images;
    }

    private void Write(BinaryWriter writer)
    {
        writer.Write(Place);
        writer.Write(Found.Length);
        foreach (DetectedObject box in Found)
        {
            writer.Write(box.X1);
            writer.Write(box.Y1);
            writer.Write(box.X2);
            writer.Write(box.Y2);
            writer.Write(box.Label);
            writer.Write(box.Score);
        }
        writer.Write(Losses is not null);
        if (Losses is { } losses)
        {
            double[] numbers = losses.Flat();
            writer.Write(numbers.Length);
            foreach (double number in numbers)
            {
                writer.Write(number);
            }
        }
        writer.Write(Finding is not null);
        if (Finding is { } finding)
        {
            FindingBytes.Write(finding, writer);
        }
    }

    private static MeasuredImage Read(BinaryReader reader)
    {
        int place = reader.ReadInt32();
        DetectedObject[] found = new DetectedObject[reader.ReadInt32()];
        for (int i = 0; i < found.Length; i++)
        {
            found[i] = new DetectedObject(
                reader.ReadSingle(),
                reader.ReadSingle(),
                reader.ReadSingle(),
                reader.ReadSingle(),
                reader.ReadInt32(),
                reader.ReadSingle()
            );
        }
        StepLosses? losses = null;
        if (reader.ReadBoolean())
        {
            double[] numbers = new double[reader.ReadInt32()];
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = reader.ReadDouble();
            }
            losses = StepLosses.Of(numbers);
        }
        Finding? finding = reader.ReadBoolean() ? FindingBytes.Read(reader) : null;
        return new MeasuredImage(place, found, losses, finding);
    }
}
