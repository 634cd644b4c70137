using Nave.Amqp;

namespace Nave.Server.Amqp;

/// <summary>A buffer a thread to compose messages in; it is used up before the thread does anything else.</summary>
internal static class MessageScratch
{
    private const int KeptBytes = 128 * 1024;

    [ThreadStatic]
    private static AmqpWriter? s_writer;

    /// <summary>Gets the empty buffer.</summary>
    public static AmqpWriter Writer
    {
        get
        {
            // One large message must not keep its buffer for ever.
            if (s_writer is null || s_writer.Capacity > KeptBytes)
            {
                s_writer = new AmqpWriter();
            }

            s_writer.Clear();
            return s_writer;
        }
    }
}
