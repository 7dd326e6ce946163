namespace DynamicRcnn.Data;

/// <summary>How a stored picture is turned so that it stands upright. All eight values of EXIF's tag can be said so.</summary>
/// <param name="Transposed">Rows and columns change places; this comes first.</param>
/// <param name="MirroredX">Left and right change places.</param>
/// <param name="MirroredY">Top and bottom change places.</param>
public readonly record struct Orientation(bool Transposed, bool MirroredX, bool MirroredY)
{
    private const int Channels = 3;

    /// <summary>The picture is stored as it stands.</summary>
    public static readonly Orientation Upright;

    /// <summary>The meaning of EXIF's tag; a value that is none of 1 to 8 means upright, as it does to OpenCV.</summary>
    public static Orientation OfExif(int value) =>
        value switch
        {
            2 => new(Transposed: false, MirroredX: true, MirroredY: false),
            3 => new(Transposed: false, MirroredX: true, MirroredY: true),
            4 => new(Transposed: false, MirroredX: false, MirroredY: true),
            5 => new(Transposed: true, MirroredX: false, MirroredY: false),
            6 => new(Transposed: true, MirroredX: true, MirroredY: false),
            7 => new(Transposed: true, MirroredX: true, MirroredY: true),
            8 => new(Transposed: true, MirroredX: false, MirroredY: true),
            _ => Upright,
        };

    /// <summary>The upright size of a picture that is stored with another.</summary>
    public ImageSize Turn(ImageSize stored) => Transposed ? new ImageSize(stored.Height, stored.Width) : stored;

    /// <summary>The picture as it stands; one that is stored so is returned as it is.</summary>
    public RgbImage Turn(RgbImage stored)
    {
        if (this == Upright)
        {
            return stored;
        }
        ImageSize size = Turn(new ImageSize(stored.Width, stored.Height));
        byte[] pixels = GC.AllocateUninitializedArray<byte>(stored.Pixels.Length);
        // Places of stored pixels, in bytes: of the first upright one, and from one to its right and lower neighbours.
        int right = (Transposed ? stored.Width : 1) * (MirroredX ? -Channels : Channels);
        int down = (Transposed ? 1 : stored.Width) * (MirroredY ? -Channels : Channels);
        int first = (MirroredX ? -right * (size.Width - 1) : 0) + (MirroredY ? -down * (size.Height - 1) : 0);
        int at = 0;
        for (int y = 0; y < size.Height; y++)
        {
            int from = first + (y * down);
            for (int x = 0; x < size.Width; x++, from += right, at += Channels)
            {
                pixels[at] = stored.Pixels[from];
                pixels[at + 1] = stored.Pixels[from + 1];
                pixels[at + 2] = stored.Pixels[from + 2];
            }
        }
        return new RgbImage(size.Width, size.Height, pixels);
    }

    /// <summary>Where a box of the stored picture lies in the upright one.</summary>
    /// <param name="box">In stored pixels, x2 and y2 exclusive.</param>
    /// <param name="stored">The stored picture's size.</param>
    public GroundTruthBox Turn(GroundTruthBox box, ImageSize stored)
    {
        ImageSize size = Turn(stored);
        (float x1, float y1, float x2, float y2) = Transposed
            ? (box.Y1, box.X1, box.Y2, box.X2)
            : (box.X1, box.Y1, box.X2, box.Y2);
        (x1, x2) = MirroredX ? (size.Width - x2, size.Width - x1) : (x1, x2);
        (y1, y2) = MirroredY ? (size.Height - y2, size.Height - y1) : (y1, y2);
        return box with { X1 = x1, Y1 = y1, X2 = x2, Y2 = y2 };
    }
}

/// <summary>What a file's header says about its picture.</summary>
/// <param name="Stored">The size of what is stored.</param>
/// <param name="Orientation">How it is turned to stand upright.</param>
public readonly record struct ImageHeader(ImageSize Stored, Orientation Orientation)
{
    /// <summary>The size of the picture as it stands, which is the one that decoding gives.</summary>
    public ImageSize Size => Orientation.Turn(Stored);
}
