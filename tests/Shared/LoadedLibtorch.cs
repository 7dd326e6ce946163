using System.Runtime.CompilerServices;

namespace DynamicRcnn.Tests;

/// <summary>Tests use tensors in any order; what loads libtorch in a program comes before all of them here.</summary>
internal static class LoadedLibtorch
{
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "This assembly is a program.")]
    internal static void Load() => Libtorch.Load();
}
