namespace DynamicRcnn.Cli;

/// <summary>A part that a run needs: where it was found, or one sentence about why it cannot be used.</summary>
/// <param name="Found">Version and place; empty when the part is missing.</param>
/// <param name="Problem">What is wrong and the command that helps; empty when the part is there.</param>
internal sealed record PartState(string Found, string Problem)
{
    public static PartState Ready(string found) => new(found, "");

    public static PartState Missing(string problem) => new("", problem);
}

/// <summary>Everything that decides whether this machine can train, and how fast.</summary>
/// <param name="Version">Of this program.</param>
/// <param name="Runtime">Version and place of .NET.</param>
/// <param name="HasJpegLibrary">Whether JPEG is read by libjpeg; otherwise by ImageSharp, as the other formats are.</param>
/// <param name="Libtorch">The tensor library and our operators; needed by all that runs a detector.</param>
/// <param name="Kernels">The instruction set that our kernels use; a wrong DRCNN_CPU_ISA is its problem.</param>
/// <param name="HasCudaOperators">Whether the library of our CUDA kernels is there; false where libtorch is missing.</param>
/// <param name="SeesCudaDevice">Whether libtorch is a CUDA build and sees a device.</param>
/// <param name="ProcessesProblem">Why a run cannot have several processes, in a sentence; null: it can.</param>
/// <param name="Threads">CPU threads that a run uses unless told otherwise.</param>
/// <param name="WaitPolicy">OMP_WAIT_POLICY; null when it is not set.</param>
/// <param name="Machine">Processor, memory, devices.</param>
/// <param name="Folder">Where runs are written unless told otherwise.</param>
/// <param name="FreeDiskBytes">Free space there.</param>
internal sealed record DoctorReport(
    string Version,
    string Runtime,
    bool HasJpegLibrary,
    PartState Libtorch,
    PartState Kernels,
    bool HasCudaOperators,
    bool SeesCudaDevice,
    string? ProcessesProblem,
    int Threads,
    string? WaitPolicy,
    MachineReport Machine,
    string Folder,
    long FreeDiskBytes
)
{
    private const string PassiveWait = "passive";
    private const long LittleMemory = 2_000_000_000;
    private const long LittleDisk = 1_000_000_000;

    /// <summary>Whether a run can start on this machine.</summary>
    public bool IsReady => Parts.All(part => part.Problem.Length == 0);

    private IEnumerable<PartState> Parts => [Libtorch, Kernels];

    /// <summary>Writes one fact a line, advice where the machine is slower than it need be, and the verdict last.</summary>
    public void Write(TextWriter output)
    {
        Line("drcnn", Version);
        Line(".NET", Runtime);
        Line(
            "images",
            $"JPEG by {(HasJpegLibrary ? "libjpeg" : "ImageSharp")}; PNG, BMP, WebP, TIFF, TGA and PBM by ImageSharp"
        );
        Line("libtorch", Said(Libtorch));
        Line("operators", HasCudaOperators ? "CPU and CUDA" : "CPU");
        Line("kernels", Said(Kernels));
        Line("processes", ProcessesProblem is null ? "one or several, over Gloo" : "one");
        Line("processor", Machine.Processor);
        Line("features", Machine.Features.Count == 0 ? "none that libtorch uses" : string.Join(" ", Machine.Features));
        Line(
            "threads",
            $"{Threads} of {Amount.Count(Machine.Cores, "core")}, OMP_WAIT_POLICY={WaitPolicy ?? "(not set)"}"
        );
        Line("allocator", Machine.Allocator);
        Line("memory", $"{Amount.Bytes(Machine.MemoryBytes)}, {Amount.Bytes(Machine.AvailableMemoryBytes)} available");
        Line("disk", $"{Amount.Bytes(FreeDiskBytes)} free in {Folder}");
        Line("devices", string.Join(", ", ["cpu", .. Machine.Gpus]));
        foreach (string advice in Advice())
        {
            Line("advice", advice);
        }

        output.WriteLine(Verdict());

        void Line(string name, string value) => output.WriteLine($"{name, -10} {value}");
    }

    private static string Said(PartState part) => part.Problem.Length == 0 ? part.Found : "missing";

    private IEnumerable<string> Advice()
    {
        if (!HasJpegLibrary)
        {
            yield return "libdrcnn_image.so, or libjpeg that it needs, was not found: JPEGs get pixels that differ from Pillow's and OpenCV's; "
                + "build it with 'dotnet fsi build.fsx native'";
        }

        if (Machine.Gpus.Count > 0 && !SeesCudaDevice)
        {
            yield return "libtorch sees no GPU: set DRCNN_LIBTORCH to a CUDA libtorch that fits the driver (docs/gpu.md)";
        }
        else if (SeesCudaDevice && !HasCudaOperators)
        {
            yield return "the operators are built for the CPU alone: build them where nvcc is (docs/gpu.md)";
        }

        if (ProcessesProblem is { } problem)
        {
            yield return problem;
        }

        if (!string.Equals(WaitPolicy, PassiveWait, StringComparison.OrdinalIgnoreCase))
        {
            yield return "set OMP_WAIT_POLICY=passive: on shared cores it halves a step";
        }

        if (!Machine.Allocator.StartsWith('/'))
        {
            yield return "install libtcmalloc-minimal4 and start by ./drcnn: steps of changing size get faster";
        }

        if (Machine.AvailableMemoryBytes is > 0 and < LittleMemory)
        {
            yield return $"less than {Amount.Bytes(LittleMemory)} of memory is available: use small images and batches";
        }

        if (FreeDiskBytes < LittleDisk)
        {
            yield return $"less than {Amount.Bytes(LittleDisk)} of disk is free: a run's checkpoints may not fit";
        }
    }

    private string Verdict()
    {
        string[] problems = [.. Parts.Select(part => part.Problem).Where(problem => problem.Length > 0).Distinct()];
        return problems.Length == 0
            ? "ready: this machine can train, evaluate and predict"
            : $"not ready: {string.Join("; ", problems)}";
    }
}
