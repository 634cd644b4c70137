namespace Nave.Cli;

/// <summary>What the process ends with. Scripts rely on these.</summary>
internal static class ExitCodes
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>It did not work.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A plan has changes.</summary>
    public const int Changes = 3;
}
