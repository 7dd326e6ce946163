using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>drcnn_kernels.h, name for name. The library is found by <see cref="NativeFiles"/>.</summary>
internal static unsafe partial class DrcnnKernels
{
    internal const string Library = "drcnn_kernels";

    /// <summary>DRCNN_KERNELS_VERSION of the header that stands here.</summary>
    internal const int Version = 3;

    [StructLayout(LayoutKind.Sequential)]
    internal struct RoiAlign
    {
        internal long Batch;
        internal long Channels;
        internal long Height;
        internal long Width;
        internal long Rois;
        internal long PooledHeight;
        internal long PooledWidth;
        internal long SamplingRatio;
        internal double SpatialScale;
        internal int Type;
        internal int Aligned;
        internal int ChannelsLast;
        internal int KeepPadding;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Nms
    {
        internal long Boxes;
        internal long Places;
        internal double IouThreshold;
        internal double Offset;
        internal int Type;
        internal int SuppressEqual;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Assign
    {
        internal long Images;
        internal long Truths;
        internal long Boxes;
        internal double Offset;
        internal int Type;
        internal int SharedBoxes;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Convolution
    {
        internal long Batch;
        internal long Channels;
        internal long Outputs;
        internal long Height;
        internal long Width;
        internal long Kernel;
        internal long Stride;
        internal int Type;
        internal int Relu;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Linear
    {
        internal long Rows;
        internal long Inputs;
        internal long Outputs;
        internal int Type;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct DeformConv2d
    {
        internal long Batch;
        internal long Channels;
        internal long Outputs;
        internal long Height;
        internal long Width;
        internal long KernelHeight;
        internal long KernelWidth;
        internal long StrideHeight;
        internal long StrideWidth;
        internal long PadHeight;
        internal long PadWidth;
        internal long DilationHeight;
        internal long DilationWidth;
        internal long Groups;
        internal long OffsetGroups;
        internal int Type;
    }

    [LibraryImport(Library)]
    internal static partial byte* drcnn_kernels_error();

    [LibraryImport(Library)]
    internal static partial byte* drcnn_kernels_isa();

    [LibraryImport(Library)]
    internal static partial byte* drcnn_kernels_bf16();

    [LibraryImport(Library)]
    internal static partial long drcnn_late_scalars_waiting();

    [LibraryImport(Library)]
    internal static partial int drcnn_roi_align_forward(in RoiAlign call, void* map, void* rois, void* pooled);

    [LibraryImport(Library)]
    internal static partial int drcnn_roi_align_backward(in RoiAlign call, void* grad, void* rois, void* gradMap);

    [LibraryImport(Library)]
    internal static partial int drcnn_nms_keep(in Nms call, void* boxes, void* order, void* groups, void* keep);

    [LibraryImport(Library)]
    internal static partial int drcnn_assign_best(
        in Assign call,
        void* boxes,
        void* truth,
        void* iou,
        void* matched,
        void* truthIou
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_assign_last(in Assign call, void* boxes, void* truth, void* levels, void* last);

    [LibraryImport(Library)]
    internal static partial int drcnn_random_keys(
        void* imageIds,
        long images,
        long seed,
        void* iteration,
        long purpose,
        long count,
        void* keys
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_convolution_forward(
        in Convolution call,
        void* input,
        void* weight,
        void* scale,
        void* bias,
        void* residual,
        void* output
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_convolution_input_gradient(
        in Convolution call,
        void* grad,
        void* weight,
        void* gradInput
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_convolution_weight_gradient(
        in Convolution call,
        void* input,
        void* grad,
        void* gradWeight
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_convolution_bias_gradient(in Convolution call, void* grad, void* gradBias);

    [LibraryImport(Library)]
    internal static partial int drcnn_convolution_relu_gradient(
        in Convolution call,
        void* grad,
        void* output,
        void* gradSums
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_linear_forward(
        in Linear call,
        void* input,
        void* weight,
        void* bias,
        void* output
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_linear_input_gradient(in Linear call, void* grad, void* weight, void* gradInput);

    [LibraryImport(Library)]
    internal static partial int drcnn_linear_weight_gradient(in Linear call, void* input, void* grad, void* gradWeight);

    [LibraryImport(Library)]
    internal static partial int drcnn_deform_conv2d_forward(
        in DeformConv2d call,
        void* input,
        void* weight,
        void* offset,
        void* mask,
        void* bias,
        void* output
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_deform_conv2d_backward(
        in DeformConv2d call,
        void* grad,
        void* input,
        void* weight,
        void* offset,
        void* mask,
        void* gradInput,
        void* gradWeight,
        void* gradOffset,
        void* gradMask,
        void* gradBias
    );

    /// <exception cref="ArgumentException">The function refused its arguments, in the library's own sentence.</exception>
    internal static void Check(int status)
    {
        if (status != 0)
            throw new ArgumentException(Marshal.PtrToStringUTF8((nint)drcnn_kernels_error()));
    }
}
