using System.Runtime.Intrinsics.X86;

namespace DynamicRcnn.Model.Kernels;

/// <summary>What CPUID says of one leaf and subleaf.</summary>
internal readonly record struct CpuidWords(uint Eax, uint Ebx, uint Ecx, uint Edx);

/// <summary>
/// Whether the processor tells nothing about its caches or its topology, as in some virtual machines. oneDNN 3.7, which libtorch 2.10 brings,
/// then computes wrong convolutions or divides by zero.
/// </summary>
internal static class HiddenCaches
{
    private const uint VendorLeaf = 0;
    private const uint CacheLeaf = 4;
    private const uint TopologyLeaf = 0xB;
    private const uint ExtendedLeaf = 0x80000000;
    private const uint AmdCacheLeaf = 0x8000001D;

    /// <summary>EDX of the vendor's name: "enti" of AuthenticAMD, "ngen" of HygonGenuine.</summary>
    private static readonly uint[] amdVendors = [0x69746E65, 0x6E65476E];

    /// <summary>Bits of EAX that hold a cache's type; 0 is no cache.</summary>
    private const uint CacheTypeMask = 0x1F;

    /// <summary>Bits of EBX that hold how many logical processors a level of the topology has; 0 is no topology.</summary>
    private const uint ProcessorCountMask = 0xFFFF;

    /// <summary>This processor; false where CPUID is unknown, as on Arm.</summary>
    internal static bool Here() => X86Base.IsSupported && In(Read);

    /// <param name="cpuid">Of a leaf and a subleaf.</param>
    internal static bool In(Func<uint, uint, CpuidWords> cpuid)
    {
        CpuidWords vendor = cpuid(VendorLeaf, 0);
        bool isAmd = Array.IndexOf(amdVendors, vendor.Edx) >= 0;
        uint cacheLeaf = isAmd ? AmdCacheLeaf : CacheLeaf;
        uint last = isAmd ? cpuid(ExtendedLeaf, 0).Eax : vendor.Eax;
        bool hasCaches = last >= cacheLeaf && (cpuid(cacheLeaf, 0).Eax & CacheTypeMask) != 0;
        bool hasTopology = vendor.Eax >= TopologyLeaf && (cpuid(TopologyLeaf, 0).Ebx & ProcessorCountMask) != 0;
        return !hasCaches || !hasTopology;
    }

    private static CpuidWords Read(uint leaf, uint subleaf)
    {
        (int eax, int ebx, int ecx, int edx) = X86Base.CpuId((int)leaf, (int)subleaf);
        return new CpuidWords((uint)eax, (uint)ebx, (uint)ecx, (uint)edx);
    }
}
