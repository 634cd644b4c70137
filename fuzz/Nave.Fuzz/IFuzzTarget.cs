namespace Nave.Fuzz;

/// <summary>Something that must survive any input. To add a target, write a class that implements this: the program finds it.</summary>
internal interface IFuzzTarget
{
    /// <summary>Gets the name on the command line.</summary>
    string Name { get; }

    /// <summary>Gets valid inputs to mutate, at least one.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Gets what the grammar is made of, to insert here and there; may be empty.</summary>
    IReadOnlyList<byte[]> Words => [];

    /// <summary>Gets how many inputs of an ordinary target one of this takes the time of; a short run has as many fewer of them.</summary>
    int Cost => 1;

    /// <summary>Gets the most bytes that <see cref="Execute"/> may allocate for an input of <paramref name="length"/> bytes.</summary>
    long AllocationLimit(int length);

    /// <summary>Runs an input. The expected refusal is caught inside; every exception that escapes is a finding.</summary>
    /// <returns><see langword="true"/> if the input was accepted, <see langword="false"/> if it was refused.</returns>
    bool Execute(byte[] input);

    /// <summary>Checks, after an input was accepted, what must hold then, without a limit on allocation; throws if it does not.</summary>
    void Verify(byte[] input);
}
