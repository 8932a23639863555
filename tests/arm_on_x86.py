"""What kernels emit for Arm, with each of its two instructions made of x86's.

Whoever imports this has numba, and an x86 processor with AES instructions.
"""

from typing import Any

from dp3t.proximity.kernels.aes import ArmAes


class ArmOnX86(ArmAes):
    """The cryptographic extension of AArch64 on a processor that has AES-NI."""

    def aese(self, block: Any, key: Any) -> Any:
        """Emit AddRoundKey, then ShiftRows and SubBytes: a last round under a key of zeros."""
        mixed = self.builder.xor(block, key)
        return self.instruction("llvm.x86.aesni.aesenclast", [mixed, self.zero])

    def aesmc(self, block: Any) -> Any:
        """Emit MixColumns: a last round backwards, and a whole round forwards."""
        back = self.instruction("llvm.x86.aesni.aesdeclast", [block, self.zero])
        return self.instruction("llvm.x86.aesni.aesenc", [back, self.zero])
