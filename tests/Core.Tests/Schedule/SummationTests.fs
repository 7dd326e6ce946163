module DynamicRcnn.Core.Tests.Schedule.SummationTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

/// Values with full mantissas, so that the order of summation shows in the last bits.
let private values (count: int) : float[] =
    Seq.unfold (fun state -> Some(state, (state * 1103515245L + 12345L) % 2147483648L)) 20260101L
    |> Seq.skip 1
    |> Seq.take count
    |> Seq.map (fun state -> float state / 2147483647.0)
    |> Array.ofSeq

[<Tests>]
let tests =
    testList "Schedule.Summation" [
        // Made with Python 3.11 and NumPy 1.24.2, x(n+1) = (1103515245 x(n) + 12345) mod 2^31 from x(0) = 20260101, v = x / 2147483647:
        //   for n in (1, 2, 7, ...): np.mean(v[:n]), np.median(v[:n]), sum(v[:n]) as the bits of a double.
        testTheory
            "mean and median have NumPy's bits, the plain sum Python's"
            [
                1, 0x3FCBC6795A378CF3L, 0x3FCBC6795A378CF3L, 0x3FCBC6795A378CF3L
                2, 0x3FBDDDC0E53BBB82L, 0x3FBDDDC0E53BBB82L, 0x3FCDDDC0E53BBB82L
                7, 0x3FD7D827ACAFB04FL, 0x3FD471689328E2D1L, 0x4004DD22B719BA45L
                8, 0x3FD8E5A1B2F1CB44L, 0x3FD668E30EACD1C6L, 0x4008E5A1B2F1CB43L
                9, 0x3FDA78467E516254L, 0x3FD8605D8A30C0BBL, 0x400DC74F4E1B8E9EL
                15, 0x3FD9CC1A1AF7DC7AL, 0x3FD53C3A402A7875L, 0x40182F5879485EB1L
                16, 0x3FDABC6B44F578D6L, 0x3FD6CE4BE52D9C98L, 0x401ABC6B44F578D7L
                99, 0x3FDCCD4A012DF7ABL, 0x3FDA6A6A14B4D4D4L, 0x404646C73CE98D8CL
                100, 0x3FDCB11B9C36D2DBL, 0x3FDA5BACBBB4B75AL, 0x40466A5D920AD4B9L
                101, 0x3FDCA2029C48793FL, 0x3FDA4CEF62B499DFL, 0x404697D60F512FAAL
                128, 0x3FDD89FEC0FB13FEL, 0x3FDD42224C3A8445L, 0x404D89FEC0FB13FCL
                129, 0x3FDD95665B1F625DL, 0x3FDD563C49BAAC79L, 0x404DD09127D5A121L
                200, 0x3FDE4B0DB4E81B3AL, 0x3FDDDCDD21FBB9BAL, 0x4057AAA2B5555548L
                257, 0x3FDE408BFF2A9306L, 0x3FDE118C903C2319L, 0x405E5ECC8B29BD9EL
                300, 0x3FDE88439E3A812BL, 0x3FDDFA11AF3BF424L, 0x4061E3D79EB647B0L
                1000, 0x3FE0059C9EF8E037L, 0x3FDFFA7EC8BFF4FEL, 0x407F4AF5E67E15EEL
            ]
            (fun (count, mean, median, sum) ->
                let bits = BitConverter.DoubleToInt64Bits
                let values = values count
                equal mean (bits (Summation.mean values))
                equal median (bits (Summation.median values))
                equal sum (bits (Summation.leftToRight values)))

        test "the two orders differ in their last bits" {
            let values = values 100
            notEqual (Summation.leftToRight values) (Summation.pairwise values)
        }

        test "nothing has no mean" {
            isTrue (Double.IsNaN(Summation.mean [||]))
            isTrue (Double.IsNaN(Summation.median [||]))
        }
    ]
