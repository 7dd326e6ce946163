using DynamicRcnn.Training.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Each reader over damaged files of its format: it reads what is left, or refuses in one sentence; it never ends in another way.</summary>
public sealed class MutationTests : IDisposable
{
    private const int Mutations = 4000;
    private const int Seed = 11;

    /// <summary>The seeds are below 4 KiB; what the readers' caps let a file of that size take, with room for the runtime.</summary>
    private const long MostBytes = 64L << 20;

    private static readonly long[] hugeNumbers =
    [
        0,
        -1,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        long.MaxValue,
        long.MinValue,
        1L << 62,
        Array.MaxLength,
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-mutations-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("safetensors")]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("pkl")]
    public void A_damaged_file_is_read_or_refused_in_one_sentence_with_little_memory(string format)
    {
        byte[] whole = Whole(format);
        string path = Path.Combine(folder, "weights");
        File.WriteAllBytes(path, whole);
        Assert.NotEmpty(WeightFile.Read(path).Tensors);
        Random random = new(Seed);
        int read = 0;
        for (int trial = 0; trial < Mutations; trial++)
        {
            File.WriteAllBytes(path, Mutated(whole, random));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                WeightFile.Read(path);
                read++;
            }
            catch (RunException error)
            {
                Assert.DoesNotContain('\n', error.Message);
            }
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken < MostBytes, $"trial {trial} took {taken} bytes");
        }
        // Neither all nor none: damage to elements is none to the reader.
        Assert.InRange(read, 1, Mutations - 1);
    }

    [Theory]
    [InlineData("safetensors")]
    [InlineData("zip")]
    [InlineData("legacy")]
    [InlineData("pkl")]
    public void A_file_cut_off_anywhere_is_refused(string format)
    {
        byte[] whole = Whole(format);
        string path = Path.Combine(folder, "weights");
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<RunException>(() => WeightFile.Read(path));
        }
    }

    private static byte[] Mutated(byte[] whole, Random random)
    {
        byte[] changed = [.. whole];
        switch (random.Next(4))
        {
            case 0:
                for (int flip = random.Next(4); flip >= 0; flip--)
                {
                    changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                }
                return changed;
            case 1:
                byte[] number = BitConverter.GetBytes(hugeNumbers[random.Next(hugeNumbers.Length)]);
                int at = random.Next(changed.Length - number.Length);
                number.AsSpan(0, random.Next(2) == 0 ? sizeof(int) : sizeof(long)).CopyTo(changed.AsSpan(at));
                return changed;
            case 2:
                return changed[..random.Next(changed.Length)];
            default:
                int from = random.Next(changed.Length);
                int length = random.Next(Math.Min(64, changed.Length - from));
                int to = random.Next(changed.Length);
                return [.. changed[..to], .. changed[from..(from + length)], .. changed[to..]];
        }
    }

    private byte[] Whole(string format) =>
        format switch
        {
            "zip" => PthBytes.OneTensor(6, 0, [3, 2], [1, 3]),
            "legacy" => LegacyPthBytes.OneTensor(6, 0, [3, 2], [1, 3]),
            "pkl" => new PickleBytes()
                .Code('}')
                .Code('(')
                .OldText("a")
                .Array("f4", "<", [3, 2], fortran: true, PthBytes.Floats(6))
                .OldText("b")
                .Array("f4", "<", [6], fortran: false, PthBytes.Floats(6))
                .Code('u')
                .Stop(),
            _ => Safetensors(),
        };

    private byte[] Safetensors()
    {
        string path = Path.Combine(folder, "a.safetensors");
        File.WriteAllBytes(path, PthBytes.OneTensor(6, 0, [3, 2], [2, 1]));
        SafetensorsFile.Write(
            path,
            new TensorFile(WeightFile.Read(path).Tensors, new Dictionary<string, string> { ["key"] = "text" })
        );
        return File.ReadAllBytes(path);
    }
}
