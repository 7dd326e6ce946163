using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// drcnn_kernels.h's functions for CUDA, name for name, of one library that has them: libdrcnn_kernels_cuda.so or, in tests, the one that runs the
/// same bodies on the CPU.
/// </summary>
/// <param name="library">Its handle; <see cref="KernelLibrary.OpenCuda"/> has looked at its version.</param>
internal sealed unsafe class DrcnnCudaKernels(nint library)
{
    internal byte* drcnn_cuda_error() => ((delegate* unmanaged<byte*>)Found())();

    internal int drcnn_cuda_roi_align_forward(
        in DrcnnKernels.RoiAlign call,
        void* map,
        void* rois,
        void* pooled,
        void* stream
    ) =>
        ((delegate* unmanaged<in DrcnnKernels.RoiAlign, void*, void*, void*, void*, int>)Found())(
            call,
            map,
            rois,
            pooled,
            stream
        );

    internal long drcnn_cuda_roi_align_backward_scratch(in DrcnnKernels.RoiAlign call) =>
        ((delegate* unmanaged<in DrcnnKernels.RoiAlign, long>)Found())(call);

    internal int drcnn_cuda_roi_align_backward(
        in DrcnnKernels.RoiAlign call,
        void* grad,
        void* rois,
        void* gradMap,
        void* scratch,
        void* stream
    ) =>
        ((delegate* unmanaged<in DrcnnKernels.RoiAlign, void*, void*, void*, void*, void*, int>)Found())(
            call,
            grad,
            rois,
            gradMap,
            scratch,
            stream
        );

    internal long drcnn_cuda_nms_keep_scratch(in DrcnnKernels.Nms call) =>
        ((delegate* unmanaged<in DrcnnKernels.Nms, long>)Found())(call);

    internal int drcnn_cuda_nms_keep(
        in DrcnnKernels.Nms call,
        void* boxes,
        void* order,
        void* groups,
        void* keep,
        void* scratch,
        void* stream
    ) =>
        ((delegate* unmanaged<in DrcnnKernels.Nms, void*, void*, void*, void*, void*, void*, int>)Found())(
            call,
            boxes,
            order,
            groups,
            keep,
            scratch,
            stream
        );

    internal int drcnn_cuda_random_keys(
        void* imageIds,
        long images,
        long seed,
        void* iteration,
        long purpose,
        long count,
        void* keys,
        void* stream
    ) =>
        ((delegate* unmanaged<void*, long, long, void*, long, long, void*, void*, int>)Found())(
            imageIds,
            images,
            seed,
            iteration,
            purpose,
            count,
            keys,
            stream
        );

    internal int drcnn_cuda_deform_columns(
        in DrcnnKernels.DeformConv2d call,
        void* map,
        void* offset,
        void* mask,
        void* columns,
        void* stream
    ) =>
        ((delegate* unmanaged<in DrcnnKernels.DeformConv2d, void*, void*, void*, void*, void*, int>)Found())(
            call,
            map,
            offset,
            mask,
            columns,
            stream
        );

    internal int drcnn_cuda_deform_offset_gradient(
        in DrcnnKernels.DeformConv2d call,
        void* map,
        void* offset,
        void* mask,
        void* gradColumns,
        void* gradOffset,
        void* gradMask,
        void* stream
    ) =>
        (
            (delegate* unmanaged<
                in DrcnnKernels.DeformConv2d,
                void*,
                void*,
                void*,
                void*,
                void*,
                void*,
                void*,
                int>)Found()
        )(call, map, offset, mask, gradColumns, gradOffset, gradMask, stream);

    internal long drcnn_cuda_deform_corner_count(in DrcnnKernels.DeformConv2d call) =>
        ((delegate* unmanaged<in DrcnnKernels.DeformConv2d, long>)Found())(call);

    internal int drcnn_cuda_deform_corners(
        in DrcnnKernels.DeformConv2d call,
        void* offset,
        void* mask,
        void* pixels,
        void* factors,
        void* stream
    ) =>
        ((delegate* unmanaged<in DrcnnKernels.DeformConv2d, void*, void*, void*, void*, void*, int>)Found())(
            call,
            offset,
            mask,
            pixels,
            factors,
            stream
        );

    internal int drcnn_cuda_deform_input_gradient(
        in DrcnnKernels.DeformConv2d call,
        void* sortedPixels,
        void* corners,
        void* factors,
        void* gradColumns,
        void* gradMap,
        void* stream
    ) =>
        ((delegate* unmanaged<in DrcnnKernels.DeformConv2d, void*, void*, void*, void*, void*, void*, int>)Found())(
            call,
            sortedPixels,
            corners,
            factors,
            gradColumns,
            gradMap,
            stream
        );

    /// <exception cref="ArgumentException">The function refused its arguments, in the library's own sentence.</exception>
    internal void Check(int status)
    {
        if (status != 0)
            throw new ArgumentException(Marshal.PtrToStringUTF8((nint)drcnn_cuda_error()));
    }

    /// <summary>A number that is -1 where the arguments were refused.</summary>
    /// <exception cref="ArgumentException">They were, in the library's own sentence.</exception>
    internal long Checked(long number)
    {
        Check(number < 0 ? -1 : 0);
        return number;
    }

    private nint Found([CallerMemberName] string name = "") => NativeLibrary.GetExport(library, name);
}
