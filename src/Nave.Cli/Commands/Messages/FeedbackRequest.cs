namespace Nave.Cli.Commands;

/// <summary>Which feedback the sender of a cloud-to-device message wants.</summary>
internal enum FeedbackRequest
{
    /// <summary>None.</summary>
    None,

    /// <summary>When the device completed it.</summary>
    Positive,

    /// <summary>When it expired or was rejected.</summary>
    Negative,

    /// <summary>Either.</summary>
    Full,
}
