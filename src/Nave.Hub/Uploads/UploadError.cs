namespace Nave.Hub.Uploads;

/// <summary>Why a blob that a device writes to the hub was refused, with the status and the code that Azure Storage has for it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The code, as in <c>x-ms-error-code</c>.</param>
/// <param name="Message">What is wrong, for people.</param>
public sealed record UploadError(int Status, string Code, string Message);
